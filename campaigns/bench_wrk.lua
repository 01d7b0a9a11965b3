-- Asks once for every line ("METHOD PATH") of the file that is named after "--", over as many connections as wrk
-- was told. When all are answered it prints "answered"; until it is stopped it asks on for what no door does (405).
local thread_of_all
function setup(thread) thread_of_all = thread end

function init(args)
   requests, answered, statuses = {}, 0, ""
   asked = -1  -- wrk takes the first request only to look at it
   counts = {}
   local form = {["Content-Type"] = "application/x-www-form-urlencoded"}
   for line in io.lines(args[1]) do
      local method, path = line:match("(%S+) (%S+)")
      local body = method == "POST" and "List-Unsubscribe=One-Click" or nil
      requests[#requests + 1] = wrk.format(method, path, body and form or nil, body)
   end
   after_all = wrk.format("PUT", "/o/none.gif")
end

function request()
   asked = asked + 1
   return requests[asked] or after_all
end

function response(status)
   if status == 405 then return end
   answered = answered + 1
   counts[status] = (counts[status] or 0) + 1
   if answered == #requests then
      for known, count in pairs(counts) do statuses = statuses .. known .. ":" .. count .. "," end
      print("answered")
      io.flush()
   end
end

function done(summary, latency)
   local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
   print(string.format("%d %f %f %d %s", summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
      broken, thread_of_all:get("statuses")))
end
