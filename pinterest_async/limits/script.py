"""The part of the shared limiter that runs inside Redis.

The same accounts as in `meter.py`, kept in Redis by one script, so that every exchange is atomic
and all processes go by one clock. A budget is one key: a packed table with its windows and their
books. It goes away by itself when nothing in it can matter any more.

One exchange reports what became of calls, asks for places, or both:

    ask     process: `PROCESS:CLERK`; in_flight: how many of its calls are not reported on before
            this; want, trip, jitter; own and universal: the windows to begin with; reports: a list
            of what became of calls; learn: the windows that an answer has listed
    reply   granted, wait, now, scout; own and universal: the windows as they are now known, each
            with what a call notes of it; processes: how many have lately asked for this budget
"""

from __future__ import annotations

from typing import Final

SCRIPT: Final = """
local GRAIN, NEWS, ROUNDING, LONGEST = 1 / 256, 0.25, 1, 60
local FIRST_PAUSE, LONGEST_PAUSE, SCOUT_LOST, PROCESS_LOST, LATELY = 1, 60, 30, 180, 10
local SILENT = 256
local NEVER = -1e18

local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1e6
local ask = cmsgpack.unpack(ARGV[1])

local function append(log, moment, calls, grain)
  local entry = log[#log]
  if entry then
    moment = math.max(moment, entry[2])
    if moment - entry[1] <= grain then
      entry[2] = moment
      entry[3] = entry[3] + calls
      return
    end
  end
  log[#log + 1] = {moment, moment, calls}
end

local function drop(log, gone)
  local first, calls = 1, 0
  while log[first] and gone(log[first]) do
    calls = calls + log[first][3]
    first = first + 1
  end
  if first == 1 then return log, 0 end
  local kept = {}
  for i = first, #log do kept[#kept + 1] = log[i] end
  return kept, calls
end

local function new_meter(budget, window)
  budget.last_id = (budget.last_id or 0) + 1
  return {
    id = budget.last_id, limit = window[1], seconds = window[2], name = window[3],
    born = NEVER, described = false, learned = false, started = 0, ended = 0, expired = 0,
    log = {}, told = {}, silent = {}, silents = 0, youngest = NEVER, strangers_until = NEVER,
    reset_at = NEVER, reset_after = NEVER, reserve = 0, scout_until = NEVER, trip = 0,
    inherited_at = NEVER,
  }
end

local function in_flight(meter) return meter.started - meter.ended end

local function known(meter)
  return meter.described or (meter.born > NEVER and now >= meter.born + meter.seconds)
end

local function left(meter)
  local told = meter.told[1] and meter.told[1][2] or 0
  return told - in_flight(meter) - meter.silents
end

local function room(meter)
  local own = meter.limit - meter.started + meter.expired
  if not meter.told[1] then return own end
  local told = left(meter)
  if not known(meter) then
    if in_flight(meter) == 0 then told = math.max(told, 1) end
    return math.min(own, told)
  end
  if now < meter.strangers_until then return told end
  return math.max(own, told)
end

local function wait(meter)
  if room(meter) > 0 then return 0 end
  local at = now + meter.seconds
  if meter.started - meter.expired < meter.limit then
    at = known(meter) and meter.strangers_until or now + NEWS
  elseif meter.log[1] then
    at = meter.log[1][2] + meter.seconds
  end
  if meter.reset_at > NEVER and meter.scout_until <= now then
    if meter.reset_at > now then
      at = math.min(at, meter.reset_at)
    elseif left(meter) >= 0 or meter.seconds > LONGEST then
      return 0
    end
  end
  return math.max(at - now, 0)
end

local function enter(meter, moment, calls)
  append(meter.log, moment, calls, meter.seconds * GRAIN)
end

local function keep_silent(meter, moment, calls)
  if calls > 0 then
    meter.silents = meter.silents + calls
    append(meter.silent, moment, calls, meter.seconds * GRAIN)
    while #meter.silent > SILENT do
      local oldest = table.remove(meter.silent, 1)
      meter.silent[1][3] = meter.silent[1][3] + oldest[3]
    end
  end
end

local function note(meter, admitted, moment, remaining)
  if not meter.told[1] then
    local calls = 0
    for i = #meter.log, 1, -1 do
      if meter.log[i][2] < admitted - meter.trip then break end
      calls = calls + meter.log[i][3]
    end
    keep_silent(meter, moment, calls - 1)
  end
  if admitted >= meter.youngest then
    meter.youngest = admitted
    local older = function(entry) return entry[2] < admitted end
    local kept, gone = drop(meter.silent, older)
    meter.silent, meter.silents = kept, meter.silents - gone
    while meter.told[1] and meter.told[1][1] < admitted do table.remove(meter.told, 1) end
  end
  while meter.told[1] and meter.told[#meter.told][2] >= remaining do table.remove(meter.told) end
  meter.told[#meter.told + 1] = {moment, remaining}
end

local function hear(meter, mark, report, moment, reset)
  local remaining = report.refused and 0 or math.min(report.remaining, meter.limit)
  local first = not meter.described
  if first then
    meter.described, meter.told, meter.silent, meter.silents = true, {}, {}, 0
  end
  if report.scout then
    meter.scout_until = NEVER
    if report.refused then
      meter.reserve = math.min(math.max(1, 2 * meter.reserve), meter.seconds)
    end
  end
  if report.admitted >= meter.youngest then
    meter.reset_at = reset and moment + reset + meter.reserve or NEVER
    meter.reset_after = report.admitted + (reset or 0) - ROUNDING
  end
  note(meter, report.admitted, moment, remaining)
  if moment >= meter.reset_after and meter.seconds <= LONGEST then meter.reset_at = NEVER end
  local strangers = meter.limit - remaining - (meter.started - mark)
  if strangers > 0 then
    meter.started = meter.started + strangers
    meter.ended = meter.ended + strangers
    enter(meter, moment, strangers)
    meter.strangers_until = now + meter.seconds
  end
end

local function miss(meter, report, moment)
  if report.scout then meter.scout_until = NEVER end
  if meter.told[1] then keep_silent(meter, moment, 1) end
end

local function load(key, windows)
  local packed = key and redis.call('GET', key)
  if packed then
    local budget = cmsgpack.unpack(packed)
    for _, meter in ipairs(budget.meters) do
      local old = function(entry) return entry[2] + meter.seconds <= now end
      local kept, gone = drop(meter.log, old)
      meter.log, meter.expired = kept, meter.expired + gone
    end
    return budget
  end
  local budget = {
    meters = {}, processes = {}, paused_at = NEVER, paused_until = NEVER, refusals = 0,
    wary = false, scout_until = NEVER, alone = false,
  }
  for _, window in ipairs(windows) do
    budget.meters[#budget.meters + 1] = new_meter(budget, window)
  end
  return budget
end

local function adopt(budget, listed)
  local rest, meters = budget.meters, {}
  local function find(window)
    for _, learned in ipairs({true, false}) do
      for i, meter in ipairs(rest) do
        if meter.learned == learned and meter.seconds == window[2]
            and (not learned or meter.name == window[3]) then
          return table.remove(rest, i)
        end
      end
    end
    local meter, longest = new_meter(budget, window), nil
    for _, other in ipairs(budget.meters) do
      if not longest or other.seconds > longest.seconds then longest = other end
    end
    if longest then
      for _, entry in ipairs(longest.log) do
        if entry[2] + meter.seconds > now then enter(meter, entry[2], entry[3]) end
      end
      for _, entry in ipairs(meter.log) do meter.ended = meter.ended + entry[3] end
      meter.started = meter.ended + in_flight(longest)
      meter.inherited_at = now
    end
    return meter
  end
  for _, window in ipairs(listed) do
    local meter = find(window)
    meter.limit, meter.seconds, meter.name, meter.learned = window[1], window[2], window[3], true
    meters[#meters + 1] = meter
  end
  for _, meter in ipairs(rest) do
    if meter.learned and meter.started > meter.expired then meters[#meters + 1] = meter end
  end
  budget.meters = meters
end

local function member(budget)
  local mine = budget.processes[ask.process] or {0, now, 0}
  budget.processes[ask.process] = mine
  return mine
end

local function flights(budget, change)
  local mine = member(budget)
  mine[1], mine[2] = math.max(mine[1] + change, 0), now
end

local function give_up(budget, calls)
  for _, meter in ipairs(budget.meters) do
    local lost = math.min(calls, in_flight(meter))
    meter.ended = meter.ended + lost
    if lost > 0 then enter(meter, now, lost) end
  end
end

local function reclaim(budget)
  for process, state in pairs(budget.processes) do
    if process == ask.process and state[1] > ask.in_flight then
      give_up(budget, state[1] - ask.in_flight)  -- a reply of ours got lost
      state[1] = ask.in_flight
    elseif state[2] + PROCESS_LOST <= now then
      give_up(budget, state[1])
      budget.processes[process] = nil
    end
  end
end

local own = load(KEYS[1], ask.own)
local universal = load(not own.alone and KEYS[2] or nil, own.alone and {} or ask.universal)

local heard, reports = member(own)[3] or 0, {}
for _, report in ipairs(ask.reports) do
  if report.number > heard then
    heard = report.number
    reports[#reports + 1] = report
  elseif report.marks then
    ask.in_flight = ask.in_flight - 1
  end
end

reclaim(own)
reclaim(universal)

if ask.learn then
  adopt(own, ask.learn.own)
  own.alone = #ask.learn.universal == 0
  if own.alone then
    universal = load(nil, {})
  else
    adopt(universal, ask.learn.universal)
  end
end

local function each(visit)
  for _, meter in ipairs(own.meters) do visit(meter, 'own') end
  for _, meter in ipairs(universal.meters) do visit(meter, 'universal') end
end

local function describe(report)
  if not (report.limit and report.remaining) then return nil end
  local fitting = {}
  each(function(meter) if meter.limit == report.limit then fitting[#fitting + 1] = meter end end)
  table.sort(fitting, function(a, b) return a.seconds < b.seconds end)
  local reset = report.reset
  if reset and #fitting > 1 and reset <= fitting[#fitting - 1].seconds then reset = nil end
  return fitting[#fitting], reset
end

local function finish(report)
  local moment = now - report.age
  local described, reset = describe(report)
  flights(own, -1)
  flights(universal, -1)
  each(function(meter, whose)
    local mark = report.marks[whose][tostring(meter.id)]
    if not mark and report.admitted <= meter.inherited_at then mark = 0 end
    if not mark then return end
    if in_flight(meter) <= 0 then
      if report.given_back then return end
      meter.started = meter.started + 1  -- Redis has lost what it knew
    end
    if report.given_back then
      meter.started = meter.started - 1
      if report.scout then
        meter.scout_until = NEVER
        if meter.reset_at == NEVER then meter.reset_at = now end
      end
      return
    end
    meter.ended = meter.ended + 1
    meter.trip = math.max(meter.trip, ask.trip)
    enter(meter, moment - ask.trip, 1)
    if meter == described then
      hear(meter, mark, report, moment, reset)
    elseif described and report.listed and not known(meter) then
      if report.scout then meter.scout_until = NEVER end
      local least = report.remaining * math.min(1, meter.limit / described.limit)
      note(meter, report.admitted, moment, math.floor(least))
    else
      miss(meter, report, moment)
    end
  end)
  if report.first then
    own.scout_until = NEVER
    if not report.given_back then own.wary = report.refused end
  end
  if not report.refused and not report.given_back and report.admitted > own.paused_at then
    own.refusals = 0
  end
end

local function lost_sight(report)
  each(function(meter)
    meter.started = meter.started + 1
    meter.ended = meter.ended + 1
    enter(meter, now - report.age, 1)
  end)
end

local function pause(report)
  local moment = now - report.age
  -- Of a call that went without Redis it is not known when it was let go.
  if (report.admitted or moment) > own.paused_at then own.refusals = own.refusals + 1 end
  local seconds = report.retry_after or 0
  if not report.retry_after or own.refusals > 1 then
    seconds = math.max(seconds, math.min(FIRST_PAUSE * 2 ^ (own.refusals - 1), LONGEST_PAUSE))
  end
  seconds = seconds + ask.jitter * math.min(0.1 * seconds, 1)
  own.paused_at = now
  own.paused_until = math.max(own.paused_until, moment + seconds)
  own.wary = true
end

for _, report in ipairs(reports) do
  if report.marks then finish(report) else lost_sight(report) end
  if report.refused then pause(report) end
end

local lately, hosts, seen = 0, 0, {}
member(own)[2], member(own)[3] = now, heard
for process, state in pairs(own.processes) do
  if state[2] + LATELY > now then
    lately = lately + 1
    local host = process:match('^[^:]*')
    if not seen[host] then seen[host], hosts = true, hosts + 1 end
  end
end

local delay, granted, scout, first = math.max(own.paused_until - now, 0), 0, false, false
if own.wary and own.scout_until > now then delay = math.max(delay, NEWS) end
local most = math.huge
each(function(meter)
  delay = math.max(delay, wait(meter))
  most = math.min(most, room(meter))
end)
if ask.want > 0 and delay == 0 then
  if most <= 0 then
    granted, scout = 1, true
  else
    granted = math.min(ask.want, math.ceil(most / lately))
  end
  if own.wary then
    granted, first = 1, true
    own.scout_until = now + SCOUT_LOST
  end
  each(function(meter)
    if meter.born == NEVER then meter.born = now end
    if room(meter) <= 0 then meter.scout_until = now + SCOUT_LOST end
    if meter.reset_at <= now then meter.reset_at = NEVER end
    meter.started = meter.started + granted
  end)
  flights(own, granted)
  flights(universal, granted)
  delay = 0
  each(function(meter) delay = math.max(delay, wait(meter)) end)
end

local reply = {
  granted = granted, wait = delay, now = now, scout = scout, first = first, processes = hosts,
  own = {}, universal = {},
}
local longest = LONGEST
each(function(meter, whose)
  longest = math.max(longest, meter.seconds)
  local list = reply[whose]
  list[#list + 1] = {
    meter.id, meter.expired, meter.limit, meter.seconds, meter.name,
    meter.started - meter.expired, room(meter), meter.learned,
  }
end)
local keep = math.ceil(2 * longest + PROCESS_LOST + math.max(own.paused_until - now, 0))
redis.call('SET', KEYS[1], cmsgpack.pack(own), 'EX', keep)
if KEYS[2] and not own.alone then
  redis.call('SET', KEYS[2], cmsgpack.pack(universal), 'EX', keep)
end
return cmsgpack.pack(reply)
"""
