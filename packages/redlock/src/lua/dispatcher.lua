-- The one script: runs many operations in order, each on its own.
--
-- KEYS  the keys of operation 1, of operation 2, ...
-- ARGV  per operation a header and the verb's own arguments. Header: the verb's letter (a acquire, h heal, e extend,
--       r release, i inspect) with the number of resources, e.g. "a1".
--
-- Replies
--   {run id, uptime in seconds, role, answer of operation 1, answer of operation 2, ...}
--   run id "" and uptime -1 without the permission for INFO; role 0 master, 1 replica, 2 promoted replica
--   an operation that failed is answered {"error", message}; the ones after it run all the same
--
-- INFO is asked in the same call as the operations, so that no restart can hide between an answer and a check. Two
-- calls for the two sections: Redis 6 takes only one.

local function describeNode()
  local server = redis.pcall('INFO', 'server')
  if type(server) ~= 'string' then return '', -1, 0 end
  local replication = redis.pcall('INFO', 'replication')
  local role = 0
  if type(replication) == 'string' then
    if find(replication, 'role:slave', 1, true) then
      role = 1
    elseif not find(replication, 'second_repl_offset:-1', 1, true)
      or not find(replication, 'master_replid2:0000000000000000000000000000000000000000', 1, true) then
      role = 2
    end
  end
  local _, _, runId = find(server, 'run_id:(%w+)')
  local _, _, uptime = find(server, 'uptime_in_seconds:(%d+)')
  return runId or '', tonumber(uptime) or -1, role
end

-- Redis 7 raises tables, Redis 6 text that begins with the place in the script.
local function messageOf(raised)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end

local verbs = { a = acquire, h = heal, e = extend, r = release, i = inspect }
local argumentCounts = { a = 4, h = 4, e = 5, r = 4, i = 0 }

local runId, uptime, role = describeNode()
local reply = { runId, uptime, role }
local key, at, last = 1, 1, #ARGV
while at <= last do
  local letter, count = string.sub(ARGV[at], 1, 1), tonumber(string.sub(ARGV[at], 2))
  local isOk, answer = pcall(verbs[letter], key, count, at + 1)
  reply[#reply + 1] = isOk and answer or { 'error', messageOf(answer) }
  local hasFences = letter == 'i' or ARGV[at + 1] ~= '0'
  key = key + (hasFences and count * 2 or count)
  at = at + 1 + argumentCounts[letter]
end
return reply
