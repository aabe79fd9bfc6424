// Made by scripts/embed-lua.mjs from the .lua files beside it. Do not edit.

/** The SHA-1 of `scriptText`, for EVALSHA. */
export const scriptSha1: string = "fc8182c16e1a625d74f14ac23594e4b76ead91e3";

/** The whole script, without comments. */
export const scriptText: string = `local call, find, format, match, sub = redis.call, string.find, string.format, string.match, string.sub
local function twoWordsAt(text, at)
local one = find(text, ' ', at, true)
local two = find(text, ' ', one + 1, true)
return sub(text, at, one - 1), sub(text, one + 1, two - 1), two + 1
end
local clockKnown
local function clockUs()
if not clockKnown then
local now = call('TIME')
clockKnown = tonumber(now[1]) * 1000000 + tonumber(now[2])
end
return clockKnown
end
local function latestFence()
return clockUs() + 86400 * 1000000
end
local function lineKey(fenceKey)
return sub(fenceKey, 1, -6) .. 'line'
end
local function acquireFree(first, fence, spec, at)
local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
local fenceKey = KEYS[first + 1]
if fence ~= '0' then
local proposed = tonumber(fence)
if proposed > latestFence() then return nil end
local known = call('GET', fenceKey)
if known and (not find(known, '^%d+$') or tonumber(known) >= proposed) then return nil end
if call('GET', lineKey(fenceKey)) then return nil end
end
if not call('SET', KEYS[first], sub(spec, tokenAt), 'NX', 'PX', ttl) then return nil end
if fence ~= '0' then call('SET', fenceKey, fence, 'PX', fenceTtl) end
return 1
end
local function releaseOwn(first, fence, spec, at)
local flags, _, tokenAt = twoWordsAt(spec, at)
local key = KEYS[first]
if flags ~= '2' or call('GET', key) ~= sub(spec, tokenAt) then return nil end
if fence ~= '0' and call('GET', lineKey(KEYS[first + 1])) then return nil end
call('DEL', key)
redis.pcall('PUBLISH', key .. ':released', ' ' .. fence)
return 1
end
local function makeWhole()
local function wordAt(text, at)
local stop = find(text, ' ', at, true)
return sub(text, at, stop - 1), stop + 1
end
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
local function shownToken(token)
local tail = find(token, ':%d+:')
if not tail then return sub(token, 1, 8) end
return sub(token, 1, math.min(8, tail - 1)) .. sub(token, tail, tail + 239)
end
local function nowMs()
return math.floor(clockUs() / 1000)
end
local mostPlaces = 1000
local function readLine(fenceKey, leaver)
local text = call('GET', lineKey(fenceKey))
if not text then return nil end
local places = {}
for rank, waiter, keptUntil in string.gmatch(text, '(%d+ (%S+)) (%d+)\\n') do
keptUntil = tonumber(keptUntil)
if keptUntil > nowMs() and waiter ~= leaver then
places[#places + 1] = { rank = rank, waiter = waiter, keptUntil = keptUntil }
end
end
return places
end
local function writeLine(fenceKey, places)
if #places == 0 then
call('DEL', lineKey(fenceKey))
return true
end
local texts, latest = {}, 0
for i, place in ipairs(places) do
texts[i] = place.rank .. ' ' .. format('%.0f', place.keptUntil) .. '\\n'
if place.keptUntil > latest then latest = place.keptUntil end
end
local reply = redis.pcall('SET', lineKey(fenceKey), table.concat(texts), 'PX', latest - nowMs())
return not reply.err
end
local function stand(fenceKey, places, own)
if #places >= mostPlaces then return -1 end
local at = 1
while places[at] and places[at].rank < own.rank do at = at + 1 end
table.insert(places, at, { rank = own.rank, waiter = own.waiter, keptUntil = nowMs() + own.keepMs })
return writeLine(fenceKey, places) and at - 1 or -1
end
local function placeAt(spec, at)
local keepMs, ticket, waiter
keepMs, ticket, at = twoWordsAt(spec, at)
waiter, at = wordAt(spec, at)
return { rank = ticket .. ' ' .. waiter, waiter = waiter, keepMs = tonumber(keepMs) }, at
end
local function announce(lockKey, waiter, fenceText)
local channel = lockKey .. ':released'
if waiter ~= '' then channel = channel .. ':' .. match(waiter, '^[^.]*') end
redis.pcall('PUBLISH', channel, waiter .. ' ' .. fenceText)
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
local function readLines(firstFence, count, own)
local lines, elderIndex = {}, nil
for i = 0, count - 1 do
local places = readLine(KEYS[firstFence + i], own and own.waiter)
lines[i] = places
if not elderIndex and places and places[1] and not (own and own.rank < places[1].rank) then elderIndex = i end
end
return lines, elderIndex
end
local function standInAll(firstFence, lines, own, count, index)
local ahead = -1
if own then
for i = 0, count - 1 do
local before = stand(KEYS[firstFence + i], lines[i] or {}, own)
if i == index then ahead = before end
end
end
return ahead
end
local function acquireOrHeal(first, count, fence, ttl, fenceTtl, token, isHeal, own)
local firstFence = first + count
local isFenced = fence ~= '0'
local proposed, highest, isStale, isHigher = 0, 0, false, true
local lines, elderIndex = {}, nil
if isFenced then
proposed = tonumber(fence)
if proposed > latestFence() then
error('AHEAD the fencing token ' .. fence .. ' is more than a day ahead of this node\\'s clock', 0)
end
highest = highestFence(firstFence, count)
isHigher = highest < proposed
isStale = highest > proposed or (highest == proposed and not isHeal)
if not isHeal then lines, elderIndex = readLines(firstFence, count, own) end
end
if count == 1 and isHigher and not elderIndex and call('SET', KEYS[first], token, 'NX', 'PX', ttl) then
if isFenced then call('SET', KEYS[firstFence], fence, 'PX', fenceTtl) end
if lines[0] then writeLine(KEYS[firstFence], lines[0]) end
return 1
end
local ours, oursCount = {}, 0
for i = 0, count - 1 do
local holder = call('GET', KEYS[first + i])
if holder == token then
ours[i] = true
oursCount = oursCount + 1
elseif holder then
local ahead = standInAll(firstFence, lines, own, count, i)
return { 'held', i, call('PTTL', KEYS[first + i]), highest, ahead, shownToken(holder) }
end
end
if elderIndex and oursCount < count then
local elder = lines[elderIndex][1]
announce(KEYS[first + elderIndex], elder.waiter, format('%.0f', highest))
local ahead = standInAll(firstFence, lines, own, count, elderIndex)
return { 'held', elderIndex, elder.keptUntil - nowMs(), highest, ahead, '' }
end
if isStale and oursCount < count then return { 'stale', highest } end
for i = 0, count - 1 do
hold(KEYS[first + i], token, ttl, ours[i])
if isFenced then raiseFence(KEYS[firstFence + i], fence, fenceTtl, proposed) end
if lines[i] then writeLine(KEYS[firstFence + i], lines[i]) end
end
return 1
end
local function acquire(first, count, fence, spec, at)
local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), false)
end
local function acquireInLine(first, count, fence, spec, at)
local ttl, fenceTtl, placedAt = twoWordsAt(spec, at)
local own, tokenAt = placeAt(spec, placedAt)
return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), false, own)
end
local function heal(first, count, fence, spec, at)
local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
return acquireOrHeal(first, count, fence, ttl, fenceTtl, sub(spec, tokenAt), true)
end
local function extend(first, count, fence, spec, at)
local ttl, retention, tokenAt = twoWordsAt(spec, at)
local token = sub(spec, tokenAt)
local isFenced = fence ~= '0'
ttl, retention = tonumber(ttl), tonumber(retention)
for i = 0, count - 1 do
if holderOf(KEYS[first + i]) ~= token then return { 'lost', i } end
end
for i = 0, count - 1 do
local life = call('PTTL', KEYS[first + i])
if life < ttl then
life = ttl
call('PEXPIRE', KEYS[first + i], ttl)
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
local function releaseAll(first, count, fenceText, flags, buryMs, token, own)
local fence = tonumber(fenceText)
local isBurying, isAnnounced = flags == '1' or flags == '3', flags == '2' or flags == '3'
local deletedCount = 0
for i = 0, count - 1 do
local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
local isOurs = holderOf(key) == token
if own then stand(fenceKey, readLine(fenceKey, own.waiter) or {}, own) end
if isOurs then
call('DEL', key)
deletedCount = deletedCount + 1
local places = fence > 0 and readLine(fenceKey)
if places and places[1] then
if not own or places[1].waiter ~= own.waiter then announce(key, places[1].waiter, fenceText) end
elseif isAnnounced then
announce(key, '', fenceText)
end
end
if fence > 0 and (isBurying or not isOurs) then bury(fenceKey, fence, tonumber(buryMs)) end
end
return deletedCount
end
local function release(first, count, fence, spec, at)
local flags, buryMs, tokenAt = twoWordsAt(spec, at)
return releaseAll(first, count, fence, flags, buryMs, sub(spec, tokenAt))
end
local function releaseBackInLine(first, count, fence, spec, at)
local flags, buryMs, placedAt = twoWordsAt(spec, at)
local own, tokenAt = placeAt(spec, placedAt)
return releaseAll(first, count, fence, flags, buryMs, sub(spec, tokenAt), own)
end
local function leave(first, count, _, spec, at)
local waiter = sub(spec, at)
for i = 0, count - 1 do
local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
local places = readLine(fenceKey, waiter)
if places then
writeLine(fenceKey, places)
if places[1] and not holderOf(key) then announce(key, places[1].waiter, format('%.0f', readFence(fenceKey))) end
end
end
return 1
end
local function inspect(first, count)
local answer = { 'holders' }
for i = 0, count - 1 do
local key = KEYS[first + i]
local holder = call('GET', key)
answer[#answer + 1] = holder or ''
answer[#answer + 1] = holder and call('PTTL', key) or 0
answer[#answer + 1] = readFence(KEYS[first + count + i])
answer[#answer + 1] = #(readLine(KEYS[first + count + i]) or {})
end
return answer
end
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
return sub(server, runIdAt, runIdAt + 39) .. life, tonumber(match(server, '^%d+', uptimeAt)), role
end
local function messageOf(raised)
local message = type(raised) == 'table' and raised.err or tostring(raised)
return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end
return {
a = acquire, w = acquireInLine, h = heal, e = extend, r = release, b = releaseBackInLine, l = leave,
i = inspect, describeNode = describeNode, messageOf = messageOf
}
end
local whole
local function isSameLife(life)
local replication = redis.pcall('INFO', 'replication')
return type(replication) == 'string' and find(replication, 'role:master', 1, true) and find(replication, life, 1, true)
end
local life = ARGV[1] or ''
local reply
if life == '-' then
reply = { '-', 0, 0 }
elseif life ~= '' and isSameLife(life) then
reply = { '=', 0, 0 }
else
whole = makeWhole()
reply = { whole.describeNode() }
end
local key = 1
for i = 2, #ARGV do
local spec = ARGV[i]
local letter = sub(spec, 1, 1)
local count, fence, at = twoWordsAt(spec, 2)
local isOk, answer
if find(fence, '%D') then
isOk, answer = true, { 'error', 'FENCE ' .. fence .. ' is no fencing token' }
elseif count == '1' then
if letter == 'a' then
isOk, answer = pcall(acquireFree, key, fence, spec, at)
elseif letter == 'r' then
isOk, answer = pcall(releaseOwn, key, fence, spec, at)
end
end
if not (isOk and answer) then
whole = whole or makeWhole()
isOk, answer = pcall(whole[letter], key, tonumber(count), fence, spec, at)
if not isOk then answer = { 'error', whole.messageOf(answer) } end
end
reply[i + 2] = answer
key = key + (fence == '0' and count or count * 2)
end
return reply`;
