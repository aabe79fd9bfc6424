-- The one script: runs many operations in order, each on its own.
--
-- KEYS  the life record (see life.lua), unless nobody cares for it; the keys of operation 1, of operation 2, ...
-- ARGV  what the caller knows of this node's life: the record's text, "" for nothing, "-" when it does not care; then
--       one text per operation: the verb's letter (a acquire, w acquire with a rank in line, h heal, e extend, r release,
--       k keep, b beside others, i inspect, n notice) and right behind it the verb's own
--       arguments, one space between them; e.g. "i1 1 ", or "a1 1795228496705000 10000 310000 V1StGXR8".
--       First comes the number of resources, then T (1 for verbs that have none), last the token, which may hold
--       anything.
--       One text, because a client's work for a call grows with the number of its arguments.
--
-- Replies
--   {life, memory's age in ms, role, answer of operation 1, answer of operation 2, ...}
--   life: see life.lua; role 0 master, 1 replica
--   life "=", age 0 and role 0 when this is a master in the life that the caller knows; "-", 0, 0 when it does not care
--   an operation that failed is answered {"error", message}; the ones after it run all the same
--
-- The life is confirmed in the same call as the operations, so that nothing that was forgotten can hide between an answer
-- and a check. By two questions, since neither sees it all: a server draws its master_replid when it starts and when it
-- is promoted (a replica has its master's), and a flush leaves that as it is, but not the record; a restart from disk
-- brings the record back. INFO's text is searched as plain text: patterns cost as much as INFO itself.

local function isSameLife(life)
  if redis.pcall('GET', KEYS[1]) ~= life then return false end
  local replication = redis.pcall('INFO', 'replication')
  return type(replication) == 'string' and find(replication, 'role:master', 1, true)
    and find(replication, 'master_replid:' .. sub(life, 1, 40), 1, true)
end

local life, key = ARGV[1] or '', 2
local reply
if life == '-' then
  reply, key = { '-', 0, 0 }, 1
elseif life ~= '' and isSameLife(life) then
  reply = { '=', 0, 0 }
else
  reply = { whole().otherVerbs().describeNode(KEYS[1]) }
end

for i = 2, #ARGV do
  local spec = ARGV[i]
  local letter = sub(spec, 1, 1)
  local count, fence, at = twoWordsAt(spec, 2)
  count = tonumber(count)
  local isOk, answer
  if find(fence, '%D') then
    -- It would be written, and nobody could read the fence any more.
    isOk, answer = true, { 'error', 'FENCE ' .. fence .. ' is no fencing token' }
  elseif count == 0 then
    -- A lock on nothing: the old API has it.
    isOk, answer = true, (letter == 'r' or letter == 'k') and 0 or letter == 'i' and { 'holders' } or 1
  else
    local verb = (letter == 'a' or letter == 'w') and acquire or letter == 'r' and release or whole().verbOf(letter)
    isOk, answer = pcall(verb, key, count, fence, spec, at, ARGV[i + 1])
    if not isOk then answer = { 'error', whole().messageOf(answer) } end
  end
  reply[i + 2] = answer
  key = key + (fence == '0' and count or count * 2)
end
return reply
