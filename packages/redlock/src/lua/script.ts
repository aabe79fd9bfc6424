// Made by scripts/embed-lua.mjs from the .lua files beside it. Do not edit.

/** The SHA-1 of `scriptText`, for EVALSHA. */
export const scriptSha1: string = "514b8e5610302ec190dbdac69e1d7aa215d5760a";

/** The whole script, without comments. */
export const scriptText: string = `local call, find, format, match, sub = redis.call, string.find, string.format, string.match, string.sub
local makeWhole, known
local function whole()
known = known or makeWhole()
return known
end
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
local hourUs = 3600 * 1000000
local function take(first, count, token, ttl, fence, fenceTtl, values, fences)
for i = 0, count - 1 do
local isDone
if values[i + 1] == token then
isDone = call('PTTL', KEYS[first + i]) >= tonumber(ttl) or call('PEXPIRE', KEYS[first + i], ttl)
else
isDone = call('SET', KEYS[first + i], token, 'NX', 'PX', ttl)
end
if isDone and fence ~= '0' then
if fences then
isDone = whole().raiseFence(fences[i + 1], tonumber(fenceTtl))
else
isDone = call('SET', KEYS[first + count + i], fence, values[count + i + 1] and 'XX' or 'NX', 'PX', fenceTtl)
end
end
if not isDone then whole().undo(first, i, token, values) end
end
return 1
end
local function acquire(first, count, fence, spec, at)
local last = fence == '0' and count or count * 2
local values = call('MGET', unpack(KEYS, first, first + last - 1))
local proposed = tonumber(fence)
local isPlain = sub(spec, 1, 1) == 'a'
for i = 1, count do
local text = values[count + i]
local highest = text and tonumber(text)
local isBelieved = fence == '0' or (highest and proposed < highest + hourUs) or proposed < clockUs() + hourUs
if values[i] or not isBelieved or (text and not (highest and find(text, '^%d+$') and highest < proposed)) then
isPlain = false
end
end
if not isPlain then return whole().acquireContended(first, count, fence, spec, at, values) end
local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
return take(first, count, sub(spec, tokenAt), ttl, fence, fenceTtl, values)
end
local function release(first, count, fence, spec, at, following)
local last = fence == '0' and count or count * 2
local flags, buryMs, tokenAt = twoWordsAt(spec, at)
local values = call('MGET', unpack(KEYS, first, first + last - 1))
local token, isPlain = sub(spec, tokenAt), flags == '2'
for i = 1, count do
local text = values[count + i]
if values[i] ~= token or (text and find(text, '+', 1, true)) then isPlain = false end
end
if not isPlain then
return whole().releaseContended(first, count, tonumber(fence), tonumber(flags), tonumber(buryMs), spec, tokenAt, values, following)
end
call('DEL', unpack(KEYS, first, first + count - 1))
for i = first, first + count - 1 do redis.pcall('PUBLISH', KEYS[i] .. ':released', '') end
return count
end
function makeWhole()
local function nowMs()
return math.floor(clockUs() / 1000)
end
local latestFence = clockUs() + 86400 * 1000000
local function wordAt(text, at)
local stop = find(text, ' ', at, true)
return sub(text, at, stop - 1), stop + 1
end
local function readFence(key, text)
if not text then return { key = key, highest = 0, buried = 0 } end
local highest, buried, line = match(text, '^(%d+) ?(%d*)( ?%+?)$')
if not highest or #highest > 16 or #buried > 16 or (line ~= '' and line ~= ' +') then
error('FENCE the key ' .. key .. ' holds something that is no fencing token', 0)
end
return { key = key, text = text, highest = tonumber(highest), buried = tonumber(buried) or 0, hasLine = line ~= '' }
end
local function textOf(fence)
local text = format('%.0f', fence.highest)
if fence.buried > 0 or fence.hasLine then text = text .. ' ' .. format('%.0f', fence.buried) end
return fence.hasLine and text .. ' +' or text
end
local function shownToken(token)
local tail = find(token, ':%d+:')
if not tail then return sub(token, 1, 8) end
return sub(token, 1, math.min(8, tail - 1)) .. sub(token, tail, tail + 239)
end
local function setFence(fence, lifeMs)
local known = fence.text
fence.text = textOf(fence)
return call('SET', fence.key, fence.text, known and 'XX' or 'NX', 'PX', lifeMs)
end
local function lengthenFence(fence, lifeMs)
local life = call('PTTL', fence.key)
if textOf(fence) ~= fence.text then return setFence(fence, math.max(life, lifeMs)) end
return life >= lifeMs or call('PEXPIRE', fence.key, lifeMs)
end
local function writeFence(fence, lifeMs)
if not lengthenFence(fence, lifeMs) then
error('WRONGTYPE the key ' .. fence.key .. ' holds the wrong kind of value', 0)
end
end
local function raiseFence(fence, lifeMs)
if fence.isRaised and not fence.hasLine then return setFence(fence, lifeMs) end
return lengthenFence(fence, lifeMs)
end
local mostPlaces = 4096
local mostLooks = 16
local function lineKey(fenceKey)
return sub(fenceKey, 1, -6) .. 'line'
end
local function lengthThen(text)
return format('%.0f', #text) .. ':' .. text
end
local function memberOf(own)
local words = { own.ticket, own.waiter, format('%.0f', nowMs() + own.keepMs), own.number, own.claimMs, own.fence, own.fenceTtl }
local member = table.concat(words, ' ') .. ' ' .. lengthThen(own.token)
for _, key in ipairs(own.keys) do member = member .. ' ' .. lengthThen(key) end
return member
end
local function placeOf(member)
local ticket, waiter, keptUntil, number, claimMs, how, fence, fenceTtl, length, at =
match(member, '^(%d+) (%S+) (%d+) (%d+) (%d+)([sp]?[%d/]*) (%d+) (%d+) (%d+):()')
if not at then return nil end
local keys = {}
local place = {
member = member, ticket = ticket, waiter = waiter, keptUntil = tonumber(keptUntil), number = number, claimMs = claimMs, how = how,
fence = tonumber(fence), fenceTtl = tonumber(fenceTtl), token = sub(member, at, at + length - 1), keys = keys
}
at = at + length
while at <= #member do
length, at = match(member, '^ (%d+):()', at)
if not at then return nil end
keys[#keys + 1] = sub(member, at, at + length - 1)
at = at + length
end
place.keyCount = sub(how, 1, 1) == 's' and #keys / 2 or #keys
return place
end
local function isBefore(one, other)
if one.ticket ~= other.ticket then return tonumber(one.ticket) < tonumber(other.ticket) end
return one.waiter < other.waiter
end
local function isSharing(place, key)
if place.how == 's' then return true end
for index in string.gmatch(match(place.how, '^s(.*)') or '', '%d+') do
if place.keys[tonumber(index) + 1] == key then return true end
end
return false
end
local function isShared(key)
local text = redis.pcall('GET', key)
return type(text) == 'string' and find(text, '^shared %d+$') ~= nil
end
local firstPlace, besideParts
local function isKeptOut(place, key, fenceKey)
local from = 0
for _ = 1, mostLooks do
local elder
elder, from = firstPlace({ key = fenceKey, hasLine = true }, key, from, true)
if not elder or not isBefore(elder, place) then return false end
if not isSharing(elder, key) then return true end
from = from + 1
end
return false
end
local function isReady(place, freeKey, isElder)
for i = 1, place.keyCount do
local key = place.keys[i]
if key ~= freeKey and call('EXISTS', key) == 1 then
if not (isSharing(place, key) and isShared(key)) then return false end
if not isElder and isKeptOut(place, key, place.keys[place.keyCount + i]) then return false end
end
end
return true
end
function firstPlace(fence, key, from, isElder)
if not fence.hasLine then return nil end
for _ = 1, mostLooks do
local members = redis.pcall('ZRANGE', lineKey(fence.key), from, from)
local member = not members.err and members[1]
local place = member and placeOf(member)
if not place then return nil end
if place.keptUntil <= nowMs() then
call('ZREM', lineKey(fence.key), member)
elseif isReady(place, key, isElder) then
return place, from
else
from = from + 1
end
end
end
local function endPlace(fence, member)
call('ZREM', lineKey(fence.key), member)
end
local function membersOf(fence, own)
local rank = own.ticket .. ' ' .. own.waiter
local members = redis.pcall('ZRANGEBYLEX', lineKey(fence.key), '[' .. rank .. ' ', '(' .. rank .. '!')
return members.err and {} or members
end
local function leaveLine(fence, own)
if not fence.hasLine then return false end
local members = membersOf(fence, own)
for _, member in ipairs(members) do endPlace(fence, member) end
return #members > 0
end
local function isLine(key)
local kind = call('TYPE', key).ok
if kind == 'none' then return true end
return kind == 'zset' and placeOf(call('ZRANGE', key, 0, 0)[1]) ~= nil
end
local function stand(fence, own)
local key = lineKey(fence.key)
local known = membersOf(fence, own)
if #known == 0 then
if not isLine(key) then error('LINE the key ' .. key .. ' holds something that is no line of waiters', 0) end
if call('ZCARD', key) >= mostPlaces then return -1 end
end
local member = memberOf(own)
if type(redis.pcall('ZADD', key, 0, member)) == 'table' then return -1 end
for _, old in ipairs(known) do
if old ~= member then endPlace(fence, old) end
end
if call('PTTL', key) < own.keepMs then call('PEXPIRE', key, own.keepMs) end
fence.hasLine = true
writeFence(fence, own.keepMs)
return call('ZRANK', key, member)
end
local function noteEmptied(fence)
if fence.hasLine and call('EXISTS', lineKey(fence.key)) == 0 then fence.hasLine = false end
end
local function tell(lockKey, waiter, message)
local heard = redis.pcall('PUBLISH', lockKey .. ':released:' .. match(waiter, '^[^.]*'), waiter .. message)
return type(heard) == 'number' and heard or nil
end
local function infoOf(section)
local text = redis.pcall('INFO', section)
return type(text) == 'string' and text or ''
end
local function isGone(heard)
return heard == 0 and find(infoOf('cluster'), 'cluster_enabled:0', 1, true) ~= nil
end
local function callAt(key, fence, place, message)
local isThere = not isGone(tell(key, place.waiter, message))
if not isThere then endPlace(fence, place.member) end
return isThere
end
local function undo(first, last, token, values)
for i = 0, last do
if not values[i + 1] and redis.pcall('GET', KEYS[first + i]) == token then call('DEL', KEYS[first + i]) end
end
error('WRONGTYPE the key ' .. KEYS[first + last] .. ', or its fence, holds the wrong kind of value', 0)
end
local function ownOf(spec, at, first, count, fence)
local own = { fence = fence, keys = {} }
own.ttl, own.fenceTtl, at = twoWordsAt(spec, at)
if sub(spec, 1, 1) == 'w' then
local keepMs
keepMs, own.ticket, at = twoWordsAt(spec, at)
own.keepMs = tonumber(keepMs)
own.waiter, own.number, at = twoWordsAt(spec, at)
own.claimMs, at = wordAt(spec, at)
if tonumber(own.ticket) == 0 then own.ticket, own.asksClock = nil, true end
local isSharer = find(own.claimMs, 's', 1, true)
for i = 1, count > 1 and (isSharer and count * 2 or count) or 0 do own.keys[i] = KEYS[first + i - 1] end
end
own.token = sub(spec, at)
return own
end
local function elderOf(first, fences, own)
for i, fence in ipairs(fences) do
local place = firstPlace(fence, KEYS[first + i - 1], 0)
if place and place.waiter ~= own.waiter and not (own.ticket and isBefore(own, place)) then return i, place end
end
end
local function refuse(fences, own, index, life, highest, holder)
local ahead = -1
for i, fence in ipairs(fences) do
if own.ticket and own.keepMs > 0 then
local before = stand(fence, own)
if i == index then ahead = before end
end
end
return { 'held', index - 1, life, highest, ahead, holder, clockUs() }
end
local function acquireContended(first, count, fenceText, spec, at, values)
local proposed = tonumber(fenceText)
local isFenced, isHeal = proposed > 0, sub(spec, 1, 1) == 'h'
if proposed > latestFence then
error('AHEAD the fencing token ' .. fenceText .. ' is more than a day ahead of this node\\'s clock', 0)
end
local own = ownOf(spec, at, first, count, fenceText)
local fences, highest, buried = {}, 0, 0
for i = 1, isFenced and count or 0 do
fences[i] = readFence(KEYS[first + count + i - 1], values[count + i])
highest, buried = math.max(highest, fences[i].highest), math.max(buried, fences[i].buried)
end
local oursCount, heldIndex = 0, nil
for i = count, 1, -1 do
if values[i] == own.token then oursCount = oursCount + 1 elseif values[i] then heldIndex = i end
end
local isStale = isFenced and (proposed < highest or proposed <= buried)
if isFenced and proposed <= buried then return { 'stale', math.max(highest, buried) } end
if heldIndex then
return refuse(fences, own, heldIndex, call('PTTL', KEYS[first + heldIndex - 1]), highest, shownToken(values[heldIndex]))
end
if oursCount < count and not isHeal then
local index, elder = elderOf(first, fences, own)
if elder then
tell(KEYS[first + index - 1], elder.waiter, '')
return refuse(fences, own, index, elder.keptUntil - nowMs(), highest, '')
end
isStale = isStale or (isFenced and proposed == highest)
end
if isStale then return { 'stale', highest } end
for _, fence in ipairs(fences) do
if own.ticket then leaveLine(fence, own) end
noteEmptied(fence)
if not fence.hasLine and fence.buried + tonumber(own.fenceTtl) * 1000 < proposed then fence.buried = 0 end
fence.isRaised = fence.highest < proposed
fence.highest = proposed
end
local done = take(first, count, own.token, own.ttl, fenceText, own.fenceTtl, values, fences)
return own.asksClock and clockUs() or done
end
local function lifeNow()
return match(infoOf('replication'), 'master_replid:(%w+)') or match(infoOf('server'), 'run_id:(%w+)') or ''
end
local function handOver(key, fence, ended, following, isOneCalled)
local from = 0
for _ = 1, mostLooks do
local place
place, from = firstPlace(fence, key, from)
if not place then return false end
if following and (following.waiter == place.waiter or isBefore(following, place)) then return true end
local fenceNext = math.max(place.fence, ended + 1)
local isGiven = place.claimMs ~= '0' and fenceNext > fence.highest and fenceNext > fence.buried and fenceNext <= latestFence
local message = ''
if isGiven then
call('ZREM', lineKey(fence.key), '')
message = ' ' .. format('%.0f', fenceNext) .. ' ' .. place.number .. ' ' .. lifeNow() .. ' ' .. place.token
end
local heard = tell(key, place.waiter, message)
if not heard then return false end
if isGone(heard) then
endPlace(fence, place.member)
else
local weight = match(place.how, '^p(%d+)')
if isSharing(place, key) and not isOneCalled then besideParts().callReaders(key, fence, from + 1) end
if weight then besideParts().callPermits({ key = key, fence = fence }, nil, from + 1, tonumber(weight)) end
if isGiven then
endPlace(fence, place.member)
call('SET', key, place.token, 'PX', place.claimMs)
fence.highest = fenceNext
fence.lifeMs = place.fenceTtl
end
return true
end
end
return false
end
local function callBehind(side)
local mode = side.value and match(side.value, '^(%l+) %d+$')
if mode == 'shared' then besideParts().callReaders(side.key, side.fence, 0) end
if mode == 'permits' then
side.base = side.base or 0
besideParts().callPermits(side, nil, 0, 0)
end
end
local function fenceToEnd(key, text, isBuried)
local isOk, fence = pcall(readFence, key, text)
if isOk then return fence end
if isBuried then error(fence, 0) end
end
local function contenderIn(following, key, keyAfter, fence)
if not following or key ~= keyAfter or sub(following, 1, 2) ~= 'w1' then return nil end
local _, proposed, at = twoWordsAt(following, 2)
proposed = tonumber(proposed)
if proposed <= fence.highest or proposed <= fence.buried or proposed > latestFence then return nil end
local own = ownOf(following, at, 0, 1, proposed)
return own.ticket and own
end
local function keepFence(fence, lifeMs)
local isOk, raised = pcall(writeFence, fence, lifeMs)
local message = type(raised) == 'table' and raised.err or tostring(raised)
if not isOk and not find(message, 'OOM', 1, true) then error(raised, 0) end
end
local function refuseWhileMoved(fenceKey)
local found = redis.pcall('EXISTS', fenceKey .. ':none')
if type(found) == 'table' and find(found.err, 'non local key', 1, true) then
error('TRYAGAIN the slot of ' .. fenceKey .. ' is being moved', 0)
end
end
local function releaseContended(first, count, ended, flags, buryMs, spec, at, values, following)
local isBurying, isAnnounced, own = flags % 2 == 1, math.floor(flags / 2) % 2 == 1, nil
if flags >= 4 then
own = {}
own.ticket, own.waiter, at = twoWordsAt(spec, at)
end
if ended > 0 then refuseWhileMoved(KEYS[first + count]) end
local token, deletedCount = sub(spec, at), 0
for i = 1, count do
if values[i] == token then
call('DEL', KEYS[first + i - 1])
deletedCount = deletedCount + 1
end
end
for i = 1, count do
local key, isOurs = KEYS[first + i - 1], values[i] == token
local isHanded = false
local isBuried = isBurying or not isOurs
local fence = ended > 0 and fenceToEnd(KEYS[first + count + i - 1], values[count + i], isBuried)
if fence then
local hasLeft = own and leaveLine(fence, own)
fence.lifeMs = 0
if isBuried and ended <= latestFence and fence.buried < ended then
fence.buried = ended
fence.lifeMs = buryMs
end
if fence.hasLine and (isOurs or call('EXISTS', key) == 0) then
isHanded = handOver(key, fence, ended, contenderIn(following, key, KEYS[first + count * 2], fence))
elseif hasLeft then
callBehind({ key = key, value = values[i], fence = fence })
end
noteEmptied(fence)
if fence.lifeMs > 0 or textOf(fence) ~= (fence.text or '0') then keepFence(fence, fence.lifeMs) end
end
if isOurs and isAnnounced and not isHanded then redis.pcall('PUBLISH', key .. ':released', '') end
end
return deletedCount
end
local makeBeside, makeOthers, besideKnown, othersKnown
function besideParts()
besideKnown = besideKnown or makeBeside()
return besideKnown
end
local function otherVerbs()
othersKnown = othersKnown or makeOthers()
return othersKnown
end
function makeBeside()
local function besideKey(side, name)
return sub(side.fence.key, 1, -6) .. name
end
local function endOf(side, token)
local ends = tonumber(call('ZSCORE', besideKey(side, 'holders'), token))
return ends and ends > nowMs() and ends or nil
end
local function refuseKind(key)
error('WRONGTYPE the key ' .. key .. ' holds the wrong kind of value', 0)
end
local function readable(side)
for name, kind in pairs({ holders = 'zset', slots = 'hash', buried = 'zset' }) do
local key = besideKey(side, name)
local found = call('TYPE', key).ok
if found ~= kind and found ~= 'none' then refuseKind(key) end
if found == 'none' and side.base and (name == 'holders' or (name == 'slots' and side.mode == 'permits')) then
error('TRYAGAIN the key ' .. key .. ' is missing, and who holds ' .. side.key .. ' is not known', 0)
end
end
return side
end
local function sidesOf(first, count, token, terms)
local values, sides = call('MGET', unpack(KEYS, first, first + count * 2 - 1)), {}
for i = 1, count do
local value = values[i]
local side = { key = KEYS[first + i - 1], value = value, fence = readFence(KEYS[first + count + i - 1], values[count + i]) }
side.mode = terms.kind ~= 's' and 'permits' or terms.isShared[i - 1] and 'shared' or 'exclusive'
if value == token then
side.isOurs, side.isConverted = true, side.mode == 'shared'
elseif value then
local mode, base = match(value, '^(%l+) (%d+)$')
if mode == side.mode then side.base = tonumber(base) else side.isOthers = true end
end
sides[i] = readable(side)
if side.base then side.isOurs = endOf(side, token) ~= nil end
end
return sides
end
local function isBuriedIn(side, token)
local score = call('ZSCORE', besideKey(side, 'buried'), token)
return score and tonumber(score) > nowMs()
end
local function buryIn(side, token, buryMs)
local key = besideKey(side, 'buried')
if type(redis.pcall('ZADD', key, format('%.0f', nowMs() + buryMs), token)) == 'table' then return end
call('ZREMRANGEBYSCORE', key, '-inf', format('%.0f', nowMs()))
if call('PTTL', key) < buryMs then call('PEXPIRE', key, format('%.0f', buryMs)) end
end
local function endWithLast(side)
local holders = besideKey(side, 'holders')
local last = call('ZREVRANGE', holders, 0, 0, 'WITHSCORES')[2]
if not last then return end
for _, key in ipairs({ side.key, holders, besideKey(side, 'slots') }) do call('PEXPIREAT', key, last) end
end
local function soonestEnd(side)
local found = call('ZRANGEBYSCORE', besideKey(side, 'holders'), '(' .. format('%.0f', nowMs()), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return found[2] and tonumber(found[2]) - nowMs() or 0
end
local function endsOf(side)
local ends = {}
local found = call('ZRANGEBYSCORE', besideKey(side, 'holders'), '(' .. format('%.0f', nowMs()), '+inf', 'WITHSCORES')
for i = 1, #found, 2 do ends[found[i]] = tonumber(found[i + 1]) end
return ends
end
local function readSlots(side)
local texts, latest, taken = {}, {}, {}
if not side.base or side.mode == 'shared' then return texts, latest, taken end
local list, ends = call('HGETALL', besideKey(side, 'slots')), endsOf(side)
for i = 1, #list, 2 do
local slot, text = tonumber(list[i]), list[i + 1]
local holder = sub(text, find(text, ' ', 1, true) + 1)
texts[slot], latest[slot] = text, holder
if ends[holder] then taken[slot] = holder end
end
return texts, latest, taken
end
local function fenceOf(text)
return text and tonumber(match(text, '^%d+')) or 0
end
local function hasSlots(side, numbers, token)
local own, count = {}, 0
local list = side.base and call('HGETALL', besideKey(side, 'slots')) or {}
for i = 1, #list, 2 do
if sub(list[i + 1], find(list[i + 1], ' ', 1, true) + 1) == token then
own[tonumber(list[i])] = true
count = count + 1
end
end
for _, slot in ipairs(numbers) do if not own[slot] then return false end end
return count == #numbers
end
local function chooseSlots(side, terms, proposed, token, isHeal)
local texts, latest, taken = readSlots(side)
side.chosen, side.slots = {}, { texts, latest }
if isHeal then
side.wanted, side.freeCount = 0, 0
for _, slot in ipairs(terms.numbers) do
if taken[slot] and taken[slot] ~= token then return false end
side.chosen[#side.chosen + 1] = slot
end
return true
end
local of, weight, start = unpack(terms.numbers)
side.wanted, side.freeCount = weight, 0
for slot, holder in pairs(taken) do
if holder == token then side.chosen[#side.chosen + 1] = slot end
end
for slot = 0, of - 1 do if not taken[slot] then side.freeCount = side.freeCount + 1 end end
if side.isOurs then
table.sort(side.chosen)
return true
end
for i = 0, of - 1 do
local slot = (start + i) % of
if #side.chosen < weight and not taken[slot] and fenceOf(texts[slot]) < proposed then
side.chosen[#side.chosen + 1] = slot
end
end
table.sort(side.chosen)
return #side.chosen == weight
end
local function lengthenHold(side, token, ttl)
local holders = besideKey(side, 'holders')
local ends = math.max(endOf(side, token) or 0, nowMs() + ttl)
call('ZADD', holders, format('%.0f', ends), token)
call('ZREMRANGEBYSCORE', holders, '-inf', format('%.0f', nowMs()))
endWithLast(side)
return ends - nowMs()
end
local function beginPeriod(side, ttl)
side.base = side.fence.highest
call('SET', side.key, side.mode .. ' ' .. format('%.0f', side.base), 'PX', ttl)
call('DEL', besideKey(side, 'holders'), besideKey(side, 'slots'))
end
local function setSlots(side, token, fenceText)
if not side.chosen then return end
local key = besideKey(side, 'slots')
local texts, latest = unpack(side.slots)
for slot, holder in pairs(latest) do
if holder == token then call('HSET', key, slot, format('%.0f', fenceOf(texts[slot])) .. ' ') end
end
for _, slot in ipairs(side.chosen) do
local highest = math.max(tonumber(fenceText), fenceOf(texts[slot]))
call('HSET', key, slot, format('%.0f', highest) .. ' ' .. token)
end
end
local function holdBeside(side, token, ttl, fenceText)
if side.mode == 'exclusive' then
if not side.isOurs then call('SET', side.key, token, 'NX', 'PX', ttl)
elseif call('PTTL', side.key) < ttl then call('PEXPIRE', side.key, ttl) end
return
end
if side.base then call('SET', side.key, side.value, 'XX', 'KEEPTTL') else beginPeriod(side, ttl) end
setSlots(side, token, fenceText)
lengthenHold(side, token, ttl)
end
local function lengthenBeside(side, token, ttl)
local life = math.max(call('PTTL', side.key), ttl)
call('PEXPIRE', side.key, life)
if side.mode == 'exclusive' then return life end
if not side.isConverted then return lengthenHold(side, token, ttl) end
beginPeriod(side, life)
return lengthenHold(side, token, life)
end
local function dropHold(side, token)
if not side.base then return end
local holders = besideKey(side, 'holders')
local last = call('ZREVRANGE', holders, 0, 0)[1]
call('ZREM', holders, token)
if last and last ~= token then return end
if call('EXISTS', holders) == 0 then call('DEL', side.key, besideKey(side, 'slots')) else endWithLast(side) end
end
local function endBeside(side, token, fenceText, keepMs)
local isAlone = side.value == token
if not side.isOurs then
side.isFree = side.value == false or side.value == nil
return nil
end
local kept = keepMs and 'kept ' .. fenceText
if isAlone then
if kept then call('SET', side.key, kept, 'PX', keepMs) else call('DEL', side.key) end
side.isFree = not kept
return nil
end
local texts, _, taken = readSlots(side)
local freed
for slot, holder in pairs(taken) do
if holder == token then
freed = math.min(freed or slot, slot)
if kept then call('HSET', besideKey(side, 'slots'), slot, format('%.0f', fenceOf(texts[slot])) .. ' ' .. kept .. ' ' .. sub(token, 1, 8)) end
end
end
if kept then lengthenHold(side, kept .. ' ' .. sub(token, 1, 8), tonumber(keepMs)) end
dropHold(side, token)
side.isFree = call('EXISTS', side.key) == 0
return freed
end
local function callReaders(key, fence, from)
for _ = 1, mostPlaces do
local place
place, from = firstPlace(fence, key, from)
if not place or not isSharing(place, key) then return end
if callAt(key, fence, place, '') then from = from + 1 end
end
end
local function callPermits(side, freed, from, sum)
local _, _, taken = readSlots(side)
for _ = 1, mostLooks do
local place
place, from = firstPlace(side.fence, side.key, from)
if not place then return end
local weight, of = match(place.how, '^p(%d+)/(%d+)$')
if not weight then return end
local freeCount = 0
for slot = 0, tonumber(of) - 1 do if not taken[slot] then freeCount = freeCount + 1 end end
if sum + tonumber(weight) > freeCount then return end
if callAt(side.key, side.fence, place, freed and ' ' .. format('%.0f', freed) or '') then
sum, freed, from = sum + tonumber(weight), nil, from + 1
end
end
end
local function wantsBeside(side)
local place = firstPlace(side.fence, side.key, 0)
return place ~= nil and not (side.mode == 'shared' and isSharing(place, side.key))
end
local function holdersText(side)
local text, slotsOf = '', {}
readable(side)
if side.mode == 'permits' then
local _, _, taken = readSlots(side)
for slot, token in pairs(taken) do
slotsOf[token] = slotsOf[token] or {}
table.insert(slotsOf[token], slot)
end
end
local found = call('ZRANGEBYSCORE', besideKey(side, 'holders'), '(' .. format('%.0f', nowMs()), '+inf', 'WITHSCORES', 'LIMIT', 0, 1024)
for i = 1, #found, 2 do
local slots = slotsOf[found[i]] or {}
table.sort(slots)
local life = format('%.0f', tonumber(found[i + 1]) - nowMs())
text = text .. life .. ' ' .. (slots[1] and table.concat(slots, ',') or '-') .. ' ' .. lengthThen(found[i])
end
return text
end
local function ownBeside(verb, spec, at, first, count, fenceText)
return ownOf(verb .. sub(spec, at), 2, first, count, fenceText)
end
local function elderBeside(sides, own)
for i, side in ipairs(sides) do
local from, taken = 0, side.wanted or 0
for _ = 1, mostLooks do
local place
place, from = firstPlace(side.fence, side.key, from)
if not place or (own.ticket and (place.waiter == own.waiter or isBefore(own, place))) then break end
local weight = match(place.how, '^p(%d+)')
taken = taken + (tonumber(weight) or 0)
local isBeside = (side.mode == 'shared' and isSharing(place, side.key)) or (side.mode == 'permits' and weight and taken <= side.freeCount)
if not isBeside then return i, place end
from = from + 1
end
end
end
local function refuseForeign(side)
for key, text in pairs({ [side.key] = side.value or '', [side.fence.key] = side.fence.text or '' }) do
if text == '' and call('EXISTS', key) == 1 then refuseKind(key) end
end
end
local function acquireBeside(first, count, fenceText, terms, verb, spec, at)
local proposed, isHeal = tonumber(fenceText), verb == 'h'
if proposed > latestFence then
error('AHEAD the fencing token ' .. fenceText .. ' is more than a day ahead of this node\\'s clock', 0)
end
local own = ownBeside(verb, spec, at, first, count, fenceText)
local sides, fences, highest, buried = sidesOf(first, count, own.token, terms), {}, 0, 0
local heldIndex, isOurs, isBuried, isStale = nil, true, false, false
for i, side in ipairs(sides) do
refuseForeign(side)
fences[i] = side.fence
highest = math.max(highest, side.fence.highest)
if isBuriedIn(side, own.token) then isBuried = true end
if not side.isOurs then isOurs = false end
if side.isOthers and not heldIndex then heldIndex = i end
if not side.isOurs and not isHeal and proposed <= (side.base or side.fence.highest) then isStale = true end
if side.mode == 'exclusive' then
buried = math.max(buried, side.fence.buried)
if proposed < side.fence.highest or proposed <= side.fence.buried then isStale = true end
end
end
if isBuried then return { 'stale', highest } end
if heldIndex then
local side = sides[heldIndex]
return refuse(fences, own, heldIndex, call('PTTL', side.key), highest, shownToken(side.value))
end
if terms.kind == 'p' or terms.kind == 'n' then
local side = sides[1]
if not chooseSlots(side, terms, proposed, own.token, isHeal) then
if isHeal then
dropHold(side, own.token)
return { 'stale', highest }
end
if side.freeCount >= side.wanted then return { 'stale', highest } end
return refuse(fences, own, 1, soonestEnd(side), highest, shownToken(side.value))
end
end
if not isOurs and not isHeal then
local index, elder = elderBeside(sides, own)
if elder then
if not sides[index].value or find(elder.how, 'p', 1, true) then tell(sides[index].key, elder.waiter, '') end
return refuse(fences, own, index, elder.keptUntil - nowMs(), highest, '')
end
end
if isStale then return { 'stale', math.max(highest, buried) } end
for _, side in ipairs(sides) do holdBeside(side, own.token, tonumber(own.ttl), fenceText) end
for _, fence in ipairs(fences) do
if own.ticket then leaveLine(fence, own) end
noteEmptied(fence)
fence.highest = math.max(fence.highest, proposed)
writeFence(fence, tonumber(own.fenceTtl))
end
if terms.kind == 'p' then
local answer = { 'slots', fences[1].highest }
for _, slot in ipairs(sides[1].chosen) do answer[#answer + 1] = slot end
return answer
end
return own.asksClock and clockUs() or 1
end
local function extendBeside(first, count, fenceText, terms, verb, spec, at)
local ttl, retention, tokenAt = twoWordsAt(spec, at)
local token = sub(spec, tokenAt)
ttl, retention = tonumber(ttl), tonumber(retention)
local sides, answer = sidesOf(first, count, token, terms), 1
for i, side in ipairs(sides) do
if not side.isOurs or (side.isConverted and verb == 'e') then return { 'lost', i - 1 } end
if terms.kind == 'n' and not hasSlots(side, terms.numbers, token) then return { 'lost', i - 1 } end
end
for _, side in ipairs(sides) do
local isNew, proposed = side.isConverted, tonumber(fenceText)
if proposed <= latestFence then side.fence.highest = math.max(side.fence.highest, proposed) end
local life = lengthenBeside(side, token, ttl)
lengthenFence(side.fence, life + retention)
if side.fence.hasLine then
if isNew then callReaders(side.key, side.fence, 0) end
if wantsBeside(side) then answer = 2 end
end
end
return answer
end
local function releaseBeside(first, count, fenceText, terms, verb, spec, at)
local keepMs, flags, buryMs, own = nil, nil, nil, nil
if verb == 'k' then keepMs, at = wordAt(spec, at) end
flags, buryMs, at = twoWordsAt(spec, at)
flags, buryMs = tonumber(flags), tonumber(buryMs)
if flags >= 4 then
own = {}
own.ticket, own.waiter, at = twoWordsAt(spec, at)
end
local token, ended, doneCount = sub(spec, at), tonumber(fenceText), 0
for _, side in ipairs(sidesOf(first, count, token, terms)) do
local fence, wasOurs = side.fence, side.isOurs
local freed = endBeside(side, token, fenceText, keepMs)
if wasOurs then doneCount = doneCount + 1 end
fence.lifeMs = 0
if flags % 2 == 1 or not wasOurs then
buryIn(side, token, buryMs)
if side.mode ~= 'permits' and ended <= latestFence and fence.buried < ended then
fence.buried, fence.lifeMs = ended, buryMs
end
end
local hasLeft = own and leaveLine(fence, own)
local isTold = false
if fence.hasLine and not keepMs then
if side.isFree then isTold = handOver(side.key, fence, ended, nil, side.mode == 'shared' and not wasOurs)
elseif side.mode == 'permits' and wasOurs then callPermits(side, freed, 0, 0)
elseif hasLeft and side.mode ~= 'shared' then callBehind(side) end
end
noteEmptied(fence)
if fence.lifeMs > 0 or (fence.text and textOf(fence) ~= fence.text) then keepFence(fence, fence.lifeMs) end
if side.isFree and wasOurs and not keepMs and math.floor(flags / 2) % 2 == 1 and not isTold then
redis.pcall('PUBLISH', side.key .. ':released', '')
end
end
return doneCount
end
local function beside(first, count, fenceText, spec, at)
local termsText, verb
termsText, verb, at = twoWordsAt(spec, at)
refuseWhileMoved(KEYS[first + count])
local terms = { kind = sub(termsText, 1, 1), numbers = {}, isShared = {} }
for number in string.gmatch(sub(termsText, 2), '%d+') do
terms.numbers[#terms.numbers + 1] = tonumber(number)
terms.isShared[tonumber(number)] = terms.kind == 's'
end
if verb == 'e' or verb == 's' then return extendBeside(first, count, fenceText, terms, verb, spec, at) end
if verb == 'r' or verb == 'k' then return releaseBeside(first, count, fenceText, terms, verb, spec, at) end
return acquireBeside(first, count, fenceText, terms, verb, spec, at)
end
return { verb = beside, callReaders = callReaders, callPermits = callPermits, holdersText = holdersText }
end
function makeOthers()
local justStartedSeconds = 60
local function fieldOf(info, name, pattern)
local at = find(info, name, 1, true)
return at and match(info, pattern, at + #name)
end
local function whyBorn(record, replication, uptimeSeconds)
local isJustStarted = uptimeSeconds <= justStartedSeconds
if not record then return isJustStarted and 'restarted' or 'fresh' end
if not find(replication, 'second_repl_offset:-1', 1, true) then return 'promoted' end
return isJustStarted and 'restarted' or 'replaced'
end
local function keepRecord(key, history, replication, uptimeSeconds)
local record = redis.pcall('GET', key)
if type(record) == 'table' then return nil, record.err end
local known, born, cause
if record then
known, born = match(record, '^(%S+) (%d+) %l+$')
if not known then return nil, 'FOREIGN the key ' .. key .. ' holds something else than how old this memory is' end
if tonumber(born) > nowMs() then
cause = 'clock'
elseif known == history then
return record, tonumber(born)
end
end
cause = cause or whyBorn(record, replication, uptimeSeconds)
record = history .. ' ' .. format('%.0f', nowMs()) .. ' ' .. cause
local reply = redis.pcall('SET', key, record)
if reply.err then return nil, reply.err end
return record, nowMs()
end
local function describeNode(key)
local replication, server = redis.pcall('INFO', 'replication'), redis.pcall('INFO', 'server')
if type(replication) ~= 'string' or type(server) ~= 'string' then return '?', 0, 0 end
local runId = fieldOf(server, 'run_id:', '^%w+')
if not find(replication, 'role:master', 1, true) then return runId, 0, 1 end
local uptimeSeconds = tonumber(fieldOf(server, 'uptime_in_seconds:', '^%-?%d+')) or 0
local history = fieldOf(replication, 'master_replid:', '^%w+') or runId
local record, born = keepRecord(key, history, replication, uptimeSeconds)
if not record then return runId .. ' !' .. born, 0, 0 end
local age = nowMs() - born
if uptimeSeconds >= 0 then age = math.min(age, (uptimeSeconds + 1) * 1000) end
return runId .. ' ' .. record .. ' ' .. key, age, 0
end
local function keep(first, count, fence, spec, at, following)
local keepMs, flags, buryMs, keptCount
keepMs, at = wordAt(spec, at)
flags, buryMs, at = twoWordsAt(spec, at)
local tokenAt = at
if tonumber(flags) >= 4 then
local _
_, _, tokenAt = twoWordsAt(spec, at)
end
if fence ~= '0' then refuseWhileMoved(KEYS[first + count]) end
local token, last = sub(spec, tokenAt), fence == '0' and count or count * 2
local values = call('MGET', unpack(KEYS, first, first + last - 1))
keptCount = 0
for i = 1, count do
if values[i] == token then
values[i] = 'kept ' .. fence
call('SET', KEYS[first + i - 1], values[i], 'PX', keepMs)
keptCount = keptCount + 1
end
end
releaseContended(first, count, tonumber(fence), tonumber(flags), tonumber(buryMs), spec, at, values, following)
return keptCount
end
local function heal(first, count, fence, spec, at)
local last = fence == '0' and count or count * 2
return acquireContended(first, count, fence, spec, at, call('MGET', unpack(KEYS, first, first + last - 1)))
end
local function extend(first, count, fence, spec, at)
local ttl, retention, tokenAt = twoWordsAt(spec, at)
local token = sub(spec, tokenAt)
local isFenced = fence ~= '0'
ttl, retention = tonumber(ttl), tonumber(retention)
local last = isFenced and count * 2 or count
local values = call('MGET', unpack(KEYS, first, first + last - 1))
for i = 1, count do
if values[i] ~= token then return { 'lost', i - 1 } end
end
local answer = 1
for i = 0, count - 1 do
local life = call('PTTL', KEYS[first + i])
if life < ttl then
life = ttl
call('PEXPIRE', KEYS[first + i], ttl)
end
local fenceKey, text = KEYS[first + count + i], values[count + i + 1]
if isFenced and text == fence then
if call('PTTL', fenceKey) < life + retention then call('PEXPIRE', fenceKey, life + retention) end
elseif isFenced then
local isFence, known = pcall(readFence, fenceKey, text)
if isFence then
if tonumber(fence) <= latestFence then known.highest = math.max(known.highest, tonumber(fence)) end
if known.highest > 0 then lengthenFence(known, life + retention) end
if known.hasLine and call('EXISTS', lineKey(fenceKey)) == 1 then answer = 2 end
end
end
end
return answer
end
local function inspect(first, count)
local answer = { 'holders' }
for i = 0, count - 1 do
local key, fenceKey = KEYS[first + i], KEYS[first + count + i]
local holder = call('GET', key)
local fence = readFence(fenceKey, call('GET', fenceKey))
answer[#answer + 1] = holder or ''
answer[#answer + 1] = holder and call('PTTL', key) or 0
answer[#answer + 1] = fence.highest
local waiters = fence.hasLine and redis.pcall('ZCARD', lineKey(fenceKey)) or 0
answer[#answer + 1] = type(waiters) == 'number' and waiters or 0
local mode = holder and match(holder, '^(%l+) %d+$')
local isBeside = mode == 'shared' or mode == 'permits'
answer[#answer + 1] = isBeside and besideParts().holdersText({ key = key, fence = fence, mode = mode, base = 0 }) or ''
end
return answer
end
local function notice(first, count)
for i = 0, count - 1 do redis.pcall('PUBLISH', KEYS[first + i] .. ':released', '*') end
return 1
end
return { e = extend, h = heal, i = inspect, k = keep, n = notice, describeNode = describeNode }
end
local function messageOf(raised)
local message = type(raised) == 'table' and raised.err or tostring(raised)
return (string.gsub(string.gsub(message, '^@?user_script:%s?%d+:%s?', ''), '^-', ''))
end
local function verbOf(letter)
return letter == 'b' and besideParts().verb or otherVerbs()[letter]
end
return {
undo = undo, raiseFence = raiseFence, acquireContended = acquireContended, releaseContended = releaseContended,
verbOf = verbOf, otherVerbs = otherVerbs, messageOf = messageOf
}
end
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
isOk, answer = true, { 'error', 'FENCE ' .. fence .. ' is no fencing token' }
elseif count == 0 then
isOk, answer = true, (letter == 'r' or letter == 'k') and 0 or letter == 'i' and { 'holders' } or 1
else
local verb = (letter == 'a' or letter == 'w') and acquire or letter == 'r' and release or whole().verbOf(letter)
isOk, answer = pcall(verb, key, count, fence, spec, at, ARGV[i + 1])
if not isOk then answer = { 'error', whole().messageOf(answer) } end
end
reply[i + 2] = answer
key = key + (fence == '0' and count or count * 2)
end
return reply`;
