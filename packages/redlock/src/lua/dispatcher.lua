-- The one script: runs many operations in order, each on its own.
--
-- KEYS  the keys of operation 1, of operation 2, ...
-- ARGV  which life of this node the caller knows: "master_replid:<40 hex digits>" as INFO tells it, "" for none;
--       then one text per operation: the verb's letter (a acquire, w acquire that waits in line, h heal, e extend,
--       r release, b release that goes back in line, l leave, i inspect) and right behind it the verb's own
--       arguments, one space between them; e.g. "i1 1 ", or "a1 1795228496705000 10000 310000 V1StGXR8".
--       First comes the number of resources, then T (1 for verbs that have none), last the token, which may hold
--       anything.
--       One text, because a client's work for a call grows with the number of its arguments.
--
-- Replies
--   {run id, uptime in seconds, role, answer of operation 1, answer of operation 2, ...}
--   run id "" and uptime -1 without the permission for INFO; role 0 master, 1 replica, 2 promoted replica
--   behind a master's run id stands its life, as the caller may know it
--   run id "=", uptime 0 and role 0 when this is a master, and in the life that the caller knows
--   an operation that failed is answered {"error", message}; the ones after it run all the same
--
-- INFO is asked in the same call as the operations, so that no restart can hide between an answer and a check. Two
-- calls for the two sections: Redis 6 takes only one, and the second one costs twice as much as the first. A server draws
-- its master_replid when it starts and when it is promoted; a replica has its master's. Searched as plain text: patterns
-- cost as much as INFO itself.

local function describeNode(known)
  local replication = redis.pcall('INFO', 'replication')
  if type(replication) ~= 'string' then return '', -1, 0 end
  local isReplica = not find(replication, 'role:master', 1, true)
  if known ~= '' and not isReplica and find(replication, known, 1, true) then return '=', 0, 0 end
  local server = redis.pcall('INFO', 'server')
  if type(server) ~= 'string' then return '', -1, 0 end
  local role, life = 0, ''
  if isReplica then
    role = 1
  else
    if not find(replication, 'second_repl_offset:-1', 1, true)
      or not find(replication, 'master_replid2:0000000000000000000000000000000000000000', 1, true) then
      role = 2
    end
    local lifeAt = find(replication, 'master_replid:', 1, true)
    if lifeAt then life = sub(replication, lifeAt, lifeAt + 53) end
  end
  local runIdAt = find(server, 'run_id:', 1, true) + 7
  local uptimeAt = find(server, 'uptime_in_seconds:', runIdAt, true) + 18
  return sub(server, runIdAt, runIdAt + 39) .. life, tonumber(match(server, '^%d+', uptimeAt)), role
end

-- Redis 7 raises tables, Redis 6 text that begins with the place in the script.
local function messageOf(raised)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end

local verbs = {
  a = acquire, w = acquireInLine, h = heal, e = extend, r = release, b = releaseBackInLine, l = leave,
  i = inspect
}

local runId, uptime, role = describeNode(ARGV[1] or '')
local reply = { runId, uptime, role }
local key = 1
for i = 2, #ARGV do
  local spec = ARGV[i]
  local count, fence, at = twoWordsAt(spec, 2)
  local isOk, answer = pcall(verbs[sub(spec, 1, 1)], key, tonumber(count), fence, spec, at)
  reply[i + 2] = isOk and answer or { 'error', messageOf(answer) }
  key = key + (fence == '0' and count or count * 2)
end
return reply
