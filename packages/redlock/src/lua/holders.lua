-- Who holds a resource together with others. Beside its lock key and fence, in the same slot of a Cluster:
--
--   the lock key      "shared <base>" or "permits <base>": refused to everybody else, and told by PTTL for how long. base:
--                     the highest T when this period of sharing began, above all writers before it
--   "...:holders"     sorted set, token -> when its hold ends, in ms of this node's clock: each has its own end
--   "...:slots"       hash, of permits: number -> "T token": the highest T that it was given under, and its latest holder,
--                     also when that one has gone; no token where the holder was moved to another number
--   "...:buried"      sorted set, token -> until when it must not come to life here
--
-- What is left of an earlier period is deleted by whoever begins the next one. First comes a write that needs memory, or
-- a node without any would do the one half of it. What cannot be read is not taken for free: see readable().

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

-- Stops before anything is done where a part of this is not to be had: somebody else's data; a node that deleted it; a
-- Cluster that has moved only a part of the slot yet. The node would not know who holds it, and give it again.
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

-- How each key stands to a token. isOurs: held by it; isConverted: by it alone yet; isOthers: by who keeps it out.
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

-- Everything of a period ends with its last hold.
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

-- Token -> when its hold ends: of all at once, since a call for each of a thousand takes ten milliseconds.
local function endsOf(side)
  local ends = {}
  local found = call('ZRANGEBYSCORE', besideKey(side, 'holders'), '(' .. format('%.0f', nowMs()), '+inf', 'WITHSCORES')
  for i = 1, #found, 2 do ends[found[i]] = tonumber(found[i + 1]) end
  return ends
end

-- Number -> "T token" of its latest holder; number -> that token; and of those that are taken now. A T is read only of the few
-- numbers that it is asked of: there may be a thousand.
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

-- The highest T that a number was given under; 0 for none.
local function fenceOf(text)
  return text and tonumber(match(text, '^%d+')) or 0
end

-- Of a token that holds some now: whether it has these, and no others.
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

-- Sets side.chosen: what the token has, or the first free numbers from the start on whose latest T is below ours; and
-- side.slots, as they are yet.
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
