"""Programs that measure. Each is run as a module, for example `python -m benchmarks.limits`."""
