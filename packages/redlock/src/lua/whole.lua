-- All that is not made before it is needed: the verbs by their letters, the description of the node, and the words of an
-- error.

local function describeNode()
  local replication = redis.pcall('INFO', 'replication')
  local server = redis.pcall('INFO', 'server')
  if type(replication) ~= 'string' or type(server) ~= 'string' then return '', -1, 0 end
  local role, life = 0, ''
  if not find(replication, 'role:master', 1, true) then
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
  return sub(server, runIdAt, runIdAt + 39) .. life, tonumber(match(server, '^%d+', uptimeAt)) or 0, role
end

-- Redis 7 raises tables, Redis 6 text that begins with the place in the script.
local function messageOf(raised)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end

return {
  h = heal, e = extend, i = inspect, undo = undo, raiseFence = raiseFence, acquireContended = acquireContended, releaseContended = releaseContended,
  describeNode = describeNode, messageOf = messageOf
}
