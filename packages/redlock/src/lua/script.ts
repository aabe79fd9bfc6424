// Made by scripts/embed-lua.mjs from the .lua files beside it. Do not edit.

/** The SHA-1 of `scriptText`, for EVALSHA. */
export const scriptSha1: string = "5d49237b37057dd5a4ed144af8f27e2c547730f7";

/** The whole script, without comments. */
export const scriptText: string = `local call, find, format = redis.call, string.find, string.format
local function holderOf(key)
local reply = redis.pcall('GET', key)
if type(reply) == 'table' and reply.err then
if find(reply.err, 'WRONGTYPE', 1, true) then return false end
error(reply.err, 0)
end
return reply
end
local function readFence(key)
local text = call('GET', key)
if not text then return 0 end
if not find(text, '^%d+$') then error('FENCE the key ' .. key .. ' holds something that is no fencing token', 0) end
return tonumber(text)
end
local latestFenceKnown
local function latestFence()
if not latestFenceKnown then
local now = call('TIME')
latestFenceKnown = (tonumber(now[1]) + 86400) * 1000000 + tonumber(now[2])
end
return latestFenceKnown
end
local function highestFence(first, count)
local highest = 0
for i = first, first + count - 1 do
local fence = readFence(KEYS[i])
if fence > highest then highest = fence end
end
return highest
end
local function hold(key, token, ttl, isOurs)
if isOurs then
if call('PTTL', key) < tonumber(ttl) then call('PEXPIRE', key, ttl) end
else
call('SET', key, token, 'PX', ttl)
end
end
local function raiseFence(key, fence, fenceTtl, proposed)
if readFence(key) < proposed then
call('SET', key, fence, 'PX', fenceTtl)
elseif call('PTTL', key) < tonumber(fenceTtl) then
call('PEXPIRE', key, fenceTtl)
end
end
local function acquireOrHeal(first, count, at, isHeal)
local fence, token, ttl, fenceTtl = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
local isFenced = fence ~= '0'
local proposed, highest, isStale = 0, 0, false
if isFenced then
proposed = tonumber(fence)
if proposed > latestFence() then
error('AHEAD the fencing token ' .. fence .. ' is more than a day ahead of this node\\'s clock', 0)
end
highest = highestFence(first + count, count)
isStale = highest > proposed or (highest == proposed and not isHeal)
end
if count == 1 and not isStale and call('SET', KEYS[first], token, 'NX', 'PX', ttl) then
if isFenced then call('SET', KEYS[first + 1], fence, 'PX', fenceTtl) end
return 1
end
local ours, oursCount = {}, 0
for i = 0, count - 1 do
local holder = call('GET', KEYS[first + i])
if holder == token then
ours[i] = true
oursCount = oursCount + 1
elseif holder then
return { 'held', i, call('PTTL', KEYS[first + i]), highest }
end
end
if isStale and oursCount < count then return { 'stale', highest } end
for i = 0, count - 1 do hold(KEYS[first + i], token, ttl, ours[i]) end
if isFenced then
for i = 0, count - 1 do raiseFence(KEYS[first + count + i], fence, fenceTtl, proposed) end
end
return 1
end
local function acquire(first, count, at)
return acquireOrHeal(first, count, at, false)
end
local function heal(first, count, at)
return acquireOrHeal(first, count, at, true)
end
local function extend(first, count, at)
local isFenced, token = ARGV[at] ~= '0', ARGV[at + 1]
local ttl, longest, retention = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
for i = 0, count - 1 do
if holderOf(KEYS[first + i]) ~= token then return { 'lost', i } end
end
for i = 0, count - 1 do
local life = call('PTTL', KEYS[first + i])
if life < ttl then
life = ttl
call('PEXPIRE', KEYS[first + i], ttl)
elseif life > longest then
life = longest
call('PEXPIRE', KEYS[first + i], longest)
end
if isFenced then
local fenceKey = KEYS[first + count + i]
if call('PTTL', fenceKey) < life + retention then call('PEXPIRE', fenceKey, life + retention) end
end
end
return 1
end
local function bury(fenceKey, fence, buryMs)
local tombstone = fence + 1
if fence > latestFence() or readFence(fenceKey) >= tombstone then return end
local life = call('PTTL', fenceKey)
if life < buryMs then life = buryMs end
local reply = redis.pcall('SET', fenceKey, format('%.0f', tombstone), 'PX', life)
if type(reply) == 'table' and reply.err and not find(reply.err, 'OOM', 1, true) then error(reply.err, 0) end
end
local function release(first, count, at)
local fence, token, flags, buryMs = tonumber(ARGV[at]), ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
local isBurying, isAnnounced = flags == '1' or flags == '3', flags == '2' or flags == '3'
local deletedCount = 0
for i = 0, count - 1 do
local key = KEYS[first + i]
local isOurs = holderOf(key) == token
if isOurs then
call('DEL', key)
deletedCount = deletedCount + 1
if isAnnounced then redis.pcall('PUBLISH', key .. ':released', ARGV[at]) end
end
if fence > 0 and (isBurying or not isOurs) then bury(KEYS[first + count + i], fence, buryMs) end
end
return deletedCount
end
local function inspect(first, count)
local answer = { 'holders' }
for i = 0, count - 1 do
local key = KEYS[first + i]
local holder = call('GET', key)
answer[#answer + 1] = holder or ''
answer[#answer + 1] = holder and call('PTTL', key) or 0
answer[#answer + 1] = readFence(KEYS[first + count + i])
end
return answer
end
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
return reply`;
