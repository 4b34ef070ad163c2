-- wrk ... <url> -- <method> [<body> ...]: requests over and over, their bodies in turn, and the result as one line of JSON.
local requests = {}
local at = 0

function init(args)
  wrk.method = args[1]
  if args[2] then wrk.headers["content-type"] = "application/json" end
  for index = 2, math.max(2, #args) do
    requests[index - 1] = wrk.format(nil, nil, nil, args[index])
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"lost":%d,"refused":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status
  ))
end
