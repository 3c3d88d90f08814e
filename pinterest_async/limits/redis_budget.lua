-- The budget of several processes, inside Redis: every exchange is atomic, and all go by one clock.
--
-- This is `window.py` and `budget.py` in another language, function by function and name by name;
-- what is said there of how a call is judged is not said again. `tests/limits/test_conformance.py`
-- plays the same stories to both. What is here and not there: the calls in flight are counted for
-- each process, so that those of a dead one end; scarce places are shared between the processes; and
-- the token bucket, which is aiolimiter's elsewhere.
--
-- A budget is a packed table under its key, and a log for each window under that and a number. All
-- go away by themselves once nothing in them matters any more.
-- KEYS are the budget of the category, and that of all categories. ARGV[1] is
--   process: who asks, and when by its own clock (now)
--   in_flight: its calls that Redis let go and that it had not reported on
--   want: how many calls wait; patience: for how many seconds they may; jitter: chance, 0 to 1
--   own, universal: the windows to begin with, or to take over where a response has listed them
--   (learned) or let them be guessed; reported: the number of the last of the reports
--   reports: what became of calls: finished, and admitted or nothing where Redis was away
-- and the reply
--   granted, now, own_probe, universal_probe; delay: for what the next has to wait, if anything
--   own, universal: the windows as they stand; processes: how many have asked lately

local GRAIN, EXACT = 1 / 256, 32
local NEWS, SILENCE, LONGEST_SILENCE, ROUNDED, RESERVE, ON_TRUST, FEW = 1, 4, 64, 1, 32, 8, 16
local FIRST_PAUSE, LONGEST_PAUSE, LONGEST_ASKED, JITTER, LONGEST_JITTER = 3, 60, 86400, 0.1, 1
local PROBE_LOST, SEVERAL, LONGEST_RESET = 30, 3, 31 * 86400
local LONGEST, BURST, SLOWEST = 60, 0.04, 0.05
local PROCESS_LOST, LATELY = 4, 10
local NEVER, MUCH, ROUNDING = -1e18, 1e18, 1e-9
local min, max, floor, ceil = math.min, math.max, math.floor, math.ceil

local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1e6
local ask = cmsgpack.unpack(ARGV[1])

-- The log: two lists of entries, each a moment and how many calls ended then. Those in `key` count,
-- the last that have left or were struck are in `gone`.

local function pack(moment, calls) return struct.pack('dd', moment, calls) end

local function read(list, at)
  local packed = redis.call('LINDEX', list, at)
  if packed then return struct.unpack('dd', packed) end
end

local function new_log(key)
  local log = {key = key, gone = key .. ':gone', size = 0, total = 0, last = NEVER}
  redis.call('DEL', log.key, log.gone)
  return log
end

-- `oldest` is the moment of the first entry, `last` and `held` are the last one, and `before` is the
-- moment of the one before it, so that entering a call takes one command.
local function add(log, seconds, moment, calls)
  log.total = log.total + calls
  moment = max(moment, log.last)
  if log.size >= EXACT and moment - log.before <= seconds * GRAIN then
    log.held = log.held + calls
    redis.call('LSET', log.key, -1, pack(moment, log.held))
  else
    log.before, log.held, log.size = log.last, calls, log.size + 1
    log.oldest = log.oldest or moment
    redis.call('RPUSH', log.key, pack(moment, calls))
  end
  log.last = moment
end

local function leave(log, calls)
  local moment, held = struct.unpack('dd', redis.call('LPOP', log.key))
  local taken = min(calls, held)
  log.total, log.left = log.total - taken, true
  redis.call('RPUSH', log.gone, pack(moment, taken))
  if taken < held then
    redis.call('LPUSH', log.key, pack(moment, held - taken))
    if log.size == 1 then log.held = held - taken end
  else
    log.size, log.oldest = log.size - 1, read(log.key, 0)
  end
  return taken
end

local function strike(log, calls)
  while calls > 0 and log.size > 0 do calls = calls - leave(log, calls) end
end

local function restore(log, seconds, now)
  local moment, calls = read(log.gone, -1)
  while moment and moment + seconds > now do
    redis.call('RPOPLPUSH', log.gone, log.key)
    log.total, log.size, log.oldest = log.total + calls, log.size + 1, moment
    moment, calls = read(log.gone, -1)
  end
end

local function ended_since(list, moment)
  local count = 0
  for _, packed in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local ended, calls = struct.unpack('dd', packed)
    if ended > moment then count = count + calls end
  end
  return count
end

-- The word. Spans are {last, least, unreported}.

local function word_left(word, in_flight)
  local older, newer = word.spans[1], word.spans[2] or {0, MUCH, 0}
  return older and min(older[2], newer[2]) - older[3] - newer[3] - in_flight
end

local function enter(word, now, least, unreported)
  local span = word.spans[2]
  if span then
    span[1], span[2], span[3] = now, min(span[2], least), span[3] + unreported
  else
    table.insert(word.spans, {now, least, unreported})
  end
end

local function note(word, admitted, now, remaining, unreported)
  word.youngest = max(admitted, word.youngest)
  while word.spans[1] and word.spans[1][1] < word.youngest do table.remove(word.spans, 1) end
  enter(word, now, remaining, unreported)
end

local function miss(word, now)
  if word.spans[1] then enter(word, now, MUCH, 1) end
end

-- The pace: a leaky bucket for windows of up to a minute while their figures are not confirmed.

local function interval(window) return window.seconds / (window.limit * (1 - BURST) * window.share) end

local function burst(window) return max(1, window.limit * BURST * window.share) end

local function change_pace(window, share, changed_at)
  window.share, window.changed_at, window.level, window.level_at = share, changed_at, 0, now
end

local function binds(window)
  return window.seconds <= LONGEST and not window.confirmed and interval(window) <= ask.patience
end

local function pace(window)
  window.level = max(window.level - (now - window.level_at) / interval(window), 0)
  window.level_at = now
  return window.returned > 0 and 0 or (window.level + 1 - burst(window)) * interval(window)
end

local function take(window)
  if window.returned > 0 then
    window.returned = window.returned - 1
  else
    window.level = window.level + 1
  end
end

-- One window.

local function resize(window, to)
  if window.limit ~= to.limit or window.seconds ~= to.seconds or window.name ~= to.name then
    window.limit, window.seconds, window.name, window.returned = to.limit, to.seconds, to.name, 0
    change_pace(window, 1, NEVER)
  end
end

local function figures(window)
  return {limit = window.limit, seconds = window.seconds, name = window.name}
end

local function new_window(budget, figures, guessed)
  budget.windows_made = budget.windows_made + 1
  local window = {
    log = new_log(budget.key .. ':' .. budget.windows_made),
    word = {
      spans = {}, youngest = NEVER, void = false, void_at = NEVER,
      owed = 0, owed_from = NEVER, struck_until = NEVER, silent_until = NEVER, doubt = SILENCE,
    },
    confirmed = false, guessed = guessed, contended_until = NEVER,
  }
  resize(window, figures)
  return window
end

local function known(window, now)
  return window.unseen ~= nil or (window.born ~= nil and now >= window.born + window.seconds)
end

local function certain(window, now)
  return window.confirmed and now >= window.contended_until and known(window, now)
end

local function expire(window, now)
  local log = window.log
  if not log.oldest or log.oldest + window.seconds > now then return end
  local word, left = window.word, 0
  while log.oldest and log.oldest + window.seconds <= now do left = left + leave(log, MUCH) end
  redis.call('LTRIM', log.gone, -2 * EXACT, -1)
  if left > word.owed then word.void, word.void_at = true, now end
  word.owed = max(word.owed - left, 0)
end

local function room(window, now, in_flight)
  expire(window, now)
  local own = window.limit - in_flight - window.log.total
  if certain(window, now) then return own end
  local left = word_left(window.word, in_flight)
  if not left then return own end
  if not known(window, now) then return min(own, in_flight > 0 and left or max(left, 1)) end
  if now < window.contended_until then
    return min(own, left - (window.confirmed and 0 or floor(window.limit / RESERVE)))
  end
  return own
end

local function wait(window, now, in_flight)
  if room(window, now, in_flight) > 0 then return 0, 'window' end
  local log, word, reason = window.log, window.word, 'window'
  local at = now + window.seconds
  if log.total + in_flight < window.limit then
    if now < window.contended_until then
      at, reason = window.contended_until, 'others'
    else
      at, reason = now + NEWS, 'probe'
    end
  elseif log.oldest then
    at = log.oldest + window.seconds
  end
  if word.reset_at and not word.void and now >= word.silent_until then
    if word.reset_at > now then
      at = min(at, word.reset_at)
    elseif (word_left(word, in_flight) or 0) >= 0 or window.seconds > LONGEST then
      return 0, reason
    end
  end
  return max(at - now, 0), reason
end

local function has_passed(word, admitted, ends)
  if not word.reset_at then return false end
  local early = admitted >= word.reset_at - ROUNDED and ends > word.reset_at + ROUNDED
  return early or (admitted >= word.reset_at and not word.void)
end

local function strike_some(window, now, in_flight, on_trust)
  local word, log, limit = window.word, window.log, window.limit
  local own = limit - in_flight - log.total
  local most = max(floor(limit / ON_TRUST), FEW) - on_trust - own
  local calls = min(most, word.owed, (word_left(word, in_flight) or 0) - own)
  if calls > 0 then
    strike(log, calls)
    word.owed, word.struck_until = word.owed - calls, now + window.seconds
  end
end

local function hear_reset(window, admitted, now, reset, in_flight)
  local word, log = window.word, window.log
  local ends = NEVER
  if reset then ends = now + (window.guessed and reset or min(reset, window.seconds)) end
  local passed = has_passed(word, admitted, ends)
  if passed then word.reset_at = nil end
  if reset and admitted >= word.void_at then
    local kept = not word.void and word.reset_at
    word.reset_at, word.void = kept and min(ends, kept) or ends, false
  end
  if not passed then return end
  local left = word_left(word, in_flight)
  local surplus = left and left - (window.limit - in_flight - log.total) or 0
  if surplus <= 0 or now < word.silent_until then return end
  if window.guessed and reset and reset > 0 and 2 * surplus > window.limit then
    resize(window, {limit = window.limit, seconds = reset, name = window.name})
  end
  if word.struck_until > NEVER then word.doubt = SILENCE end
  word.owed, word.owed_from = min(surplus, log.total), now
  strike_some(window, now, in_flight, 0)
end

local function hear(window, admitted, now, remaining, reset, in_flight)
  local word, log, limit = window.word, window.log, window.limit
  remaining = min(remaining, limit)
  local first = window.unseen == nil
  if first then
    window.unseen, window.confirmed = in_flight, true
    word.spans, word.youngest = {}, NEVER
  end
  local unreported = word.spans[1] and 0 or max(ended_since(log.key, admitted) - 1, 0)
  note(word, admitted, now, remaining, unreported)
  local others = limit - remaining - in_flight - log.total
  if others > 0 then others = others - ended_since(log.gone, admitted - window.seconds) end
  if others > 0 then
    add(log, window.seconds, now, others)
    window.contended_until = now + window.seconds
    window.confirmed = window.confirmed and (first or others <= window.unseen)
    if not first then window.unseen = max(window.unseen - others, 0) end
  elseif now >= window.contended_until then
    window.confirmed = true
  end
  if word.owed > 0 and admitted >= word.owed_from then strike_some(window, now, in_flight, in_flight) end
  if reset or word.reset_at then hear_reset(window, admitted, now, reset, in_flight) end
end

local function silence(window, now)
  local word = window.word
  restore(window.log, window.seconds, now)
  word.struck_until, word.reset_at, word.owed = NEVER, nil, 0
  word.silent_until = now + word.doubt * window.seconds
  word.doubt = min(2 * word.doubt, LONGEST_SILENCE)
end

-- The budget.

local function load(key, figures)
  local packed = redis.call('GET', key)
  if packed then
    local budget = cmsgpack.unpack(packed)
    for _, window in ipairs(budget.windows) do
      -- Redis may have evicted the one key and not the other.
      if redis.call('LLEN', window.log.key) ~= window.log.size then
        window.log = new_log(window.log.key)
      end
    end
    return budget
  end
  local budget = {
    key = key, windows = {}, windows_made = 0, processes = {}, in_flight = 0, alone = false,
    paused_at = NEVER, paused_until = NEVER, refusals = 0, denied = 0, denied_at = NEVER,
    cautious = false, probing_until = NEVER,
  }
  for i, each in ipairs(figures) do budget.windows[i] = new_window(budget, each, false) end
  return budget
end

-- Delays are {seconds, reason, window}.
local function longer(one, other)
  return (not one or other and other[1] > one[1]) and other or one
end

local function delay(budget)
  local longest = nil
  if budget.paused_until > now then longest = {budget.paused_until - now, 'pause'} end
  if budget.probing_until > now then longest = longer(longest, {NEWS, 'probe'}) end
  for _, window in ipairs(budget.windows) do
    local seconds, reason = wait(window, now, budget.in_flight)
    if seconds > 0 then longest = longer(longest, {seconds, reason, figures(window)}) end
  end
  return longest
end

local function least_room(budget)
  local least = MUCH
  for _, window in ipairs(budget.windows) do
    least = min(least, room(window, now, budget.in_flight))
  end
  return least
end

local function fly(budget, change)
  local mine = budget.processes[ask.process] or {0, now, 0}
  budget.processes[ask.process] = mine
  local before = mine[1]
  mine[1], mine[2] = max(before + change, 0), now
  budget.in_flight = budget.in_flight + mine[1] - before
  return mine
end

local function admit(budget, calls)
  local probe = budget.cautious or least_room(budget) <= 0
  for _, window in ipairs(budget.windows) do window.born = window.born or now end
  fly(budget, calls)
  if probe then budget.probing_until = now + PROBE_LOST end
  return probe
end

local function finish(budget, moment, admitted, probe, refused)
  for _, window in ipairs(budget.windows) do
    add(window.log, window.seconds, moment, 1)
    if not refused and window.share < 1 and moment > window.changed_at + window.seconds then
      change_pace(window, min(window.share * 1.1, 1), moment)
    end
  end
  if probe then budget.probing_until, budget.cautious = NEVER, refused end
  if not refused then
    budget.denied = 0
    if admitted > budget.paused_at then budget.refusals = 0 end
  end
end

local function hear_all(budget, told, listed, described, reset, admitted, moment)
  if not told or not told.remaining then described = nil end
  for _, window in ipairs(budget.windows) do
    if described and window == described then
      hear(window, admitted, moment, told.remaining, reset, budget.in_flight)
    elseif described and listed and not known(window, moment) then
      local share = min(1, window.limit / described.limit)
      note(window.word, admitted, moment, floor(told.remaining * share), 0)
    else
      miss(window.word, moment)
    end
  end
end

local function pause(budget, admitted, moment, seconds)
  if admitted > budget.paused_at then
    budget.refusals = budget.refusals + 1
    for _, window in ipairs(budget.windows) do
      if window.seconds <= LONGEST and not seconds and known(window, moment) then
        change_pace(window, max(window.share * 0.75, SLOWEST), moment)
      end
    end
  end
  local length = min(seconds or 0, LONGEST_ASKED)
  if not seconds or budget.refusals > 1 then
    length = max(length, min(FIRST_PAUSE * 2 ^ (min(budget.refusals, 10) - 1), LONGEST_PAUSE))
  end
  length = length + min(JITTER * length, LONGEST_JITTER) * ask.jitter
  budget.paused_at, budget.cautious = moment, true
  budget.paused_until = max(budget.paused_until, moment + length)
end

local function refuse(budget, report, described, admitted, moment)
  local seconds = report.retry_after
  if described and (report.told.remaining or 0) > 0 then
    if admitted < budget.denied_at then return end
    budget.denied, budget.denied_at = budget.denied + 1, moment
    local word = described.word
    if word.owed_from <= admitted and moment < word.struck_until then
      return silence(described, moment)
    end
    if budget.denied < SEVERAL then return end
    budget.denied, seconds = 0, nil
  else
    local probe = report.own_probe or report.universal_probe
    for _, window in ipairs(described and {described} or budget.windows) do
      local tried = (probe and described) or moment < window.word.struck_until
      if moment >= window.contended_until and tried then silence(window, moment) end
    end
  end
  pause(budget, admitted, moment, seconds)
end

local function find(rest, figures)
  for _, confirmed in ipairs({true, false}) do
    for i, window in ipairs(rest) do
      local named = not confirmed or window.name == figures.name
      if named and window.seconds == figures.seconds and window.confirmed == confirmed then return table.remove(rest, i) end
    end
  end
end

local function copy(from, log, seconds)
  for _, packed in ipairs(redis.call('LRANGE', from.key, 0, -1)) do
    local moment, calls = struct.unpack('dd', packed)
    if moment + seconds > now then add(log, seconds, moment, calls) end
  end
end

local function adopt(budget, listed, guessed)
  local longest, rest, windows = nil, {}, {}
  for i, window in ipairs(budget.windows) do
    rest[i] = window
    if not longest or window.seconds > longest.seconds then longest = window end
  end
  for i, figures in ipairs(listed) do
    local window = find(rest, figures)
    if window then
      resize(window, figures)
    else
      window = new_window(budget, figures, guessed)
      if longest then copy(longest.log, window.log, figures.seconds) end
    end
    window.guessed = guessed and (window.guessed or not window.confirmed)
    if now >= window.contended_until then window.confirmed = true end
    windows[i] = window
  end
  for _, window in ipairs(rest) do
    expire(window, now)
    local idle = window.log.total == 0 and (window.word.reset_at or now) <= now
    if window.confirmed and not idle then windows[#windows + 1] = window end
  end
  budget.windows = windows
end

-- The calls of a process that is not heard of any more, or of a reply that got lost, have ended.
local function reclaim(budget)
  for process, state in pairs(budget.processes) do
    local kept = process == ask.process and ask.in_flight or state[1]
    if process ~= ask.process and state[2] + PROCESS_LOST <= now then kept = 0 end
    local lost = state[1] - kept
    if lost > 0 then
      state[1], budget.in_flight = kept, budget.in_flight - lost
      for _, window in ipairs(budget.windows) do add(window.log, window.seconds, now, lost) end
    end
    if process ~= ask.process and state[2] + LATELY <= now then budget.processes[process] = nil end
  end
end

local own = load(KEYS[1], ask.own)
local universal = load(KEYS[2], own.alone and {} or ask.universal)
if own.alone then universal.windows = {} end
local mine = fly(own, 0)

local reports = {}
for i, report in ipairs(ask.reports) do
  if ask.reported - #ask.reports + i > mine[3] then
    reports[#reports + 1] = report
  elseif report.admitted then
    ask.in_flight = ask.in_flight - 1  -- heard before; only the reply got lost
  end
end
mine[3] = max(mine[3], ask.reported)
reclaim(own)
reclaim(universal)

if ask.learned then
  adopt(own, ask.own, ask.guessed)
  own.alone = #ask.universal == 0
  if own.alone then
    universal.windows = {}
  else
    adopt(universal, ask.universal, false)
  end
end

local function each(visit)
  for _, window in ipairs(own.windows) do visit(window) end
  for _, window in ipairs(universal.windows) do visit(window) end
end

local function describe(told)
  if not told or not told.limit then return nil end
  local found, shorter = nil, 0
  each(function(window)
    if window.limit == told.limit then
      if not found or window.seconds >= found.seconds then
        shorter, found = found and found.seconds or 0, window
      else
        shorter = max(shorter, window.seconds)
      end
    end
  end)
  local reset = told.reset
  if reset and (reset <= shorter or reset > LONGEST_RESET) then reset = nil end
  return found, reset
end

for _, report in ipairs(reports) do
  local moment = now - (ask.now - report.finished)
  local flew = report.admitted and -1 or 0
  if report.given_back then
    fly(own, flew)
    fly(universal, flew)
    if report.own_probe then own.probing_until = NEVER end
    if report.universal_probe then universal.probing_until = NEVER end
    each(function(window)
      if window.seconds <= LONGEST and not window.confirmed then
        window.returned = window.returned + 1
      end
    end)
  else
    local admitted = report.admitted or moment
    local described, reset = describe(report.told)
    if not report.admitted then described, reset = nil, nil end
    fly(own, flew)
    fly(universal, flew)
    finish(own, moment, admitted, report.own_probe, report.refused)
    finish(universal, moment, admitted, report.universal_probe, false)
    hear_all(own, report.told, report.listed, described, reset, admitted, moment)
    hear_all(universal, report.told, report.listed, described, reset, admitted, moment)
    if report.refused then refuse(own, report, described, admitted, moment) end
  end
end

local lately, hosts, seen = 0, 0, {}
for process, state in pairs(own.processes) do
  if state[2] + LATELY > now then
    lately = lately + 1
    local host = process:match('^[^:]*')
    if not seen[host] then seen[host], hosts = true, hosts + 1 end
  end
end

local reply = {
  granted = 0, now = now, own_probe = false, universal_probe = false, processes = hosts,
  own = {}, universal = {},
}
-- Scarce places are shared: each process that has lately asked gets an equal part at a time.
local share = max(1, ceil(min(least_room(own), least_room(universal)) / lately))
while true do
  reply.delay = longer(delay(own), delay(universal))
  local calls = min(ask.want, share) - reply.granted
  if reply.delay or calls <= 0 then break end
  local most, paced, seconds = min(least_room(own), least_room(universal)), {}, 0
  local probe = own.cautious or universal.cautious or most <= 0
  if probe and reply.granted > 0 then break end
  each(function(window)
    if binds(window) then
      paced[#paced + 1] = window
      seconds = max(seconds, pace(window))
    end
  end)
  if seconds > ROUNDING then
    reply.delay = {seconds, 'pace'}
    break
  end
  for _, window in ipairs(paced) do take(window) end
  calls = (probe or paced[1]) and 1 or min(calls, most)
  reply.granted = reply.granted + calls
  reply.own_probe, reply.universal_probe = admit(own, calls), admit(universal, calls)
  if probe then
    reply.delay = {NEWS, 'probe'}
    break
  end
end

local longest = LONGEST
local function show(budget)
  local shown = {}
  for i, window in ipairs(budget.windows) do
    longest = max(longest, window.seconds)
    shown[i] = {
      figures(window), window.log.total + budget.in_flight,
      room(window, now, budget.in_flight), window.confirmed,
    }
  end
  return shown
end
reply.own, reply.universal = show(own), show(universal)

local function save(budget)
  local keep = ceil(2 * longest + PROCESS_LOST + max(own.paused_until - now, 0))
  for _, window in ipairs(budget.windows) do
    redis.call('EXPIRE', window.log.key, keep)
    if window.log.left then redis.call('EXPIRE', window.log.gone, keep) end
    window.log.left = nil
  end
  redis.call('SET', budget.key, cmsgpack.pack(budget), 'EX', keep)
end
save(own)
if #universal.windows > 0 and not own.alone then save(universal) end
return cmsgpack.pack(reply)
