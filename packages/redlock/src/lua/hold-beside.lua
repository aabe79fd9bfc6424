-- Begins, lengthens and ends a hold beside others; see holders.lua for what is kept.

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

-- What the token had is given up, also where that hold has ended: it would be back with the new one. The T of a number
-- never falls: not by a late heal, nor where a stray gives it up. It would be given again below a T that
-- somebody has had it under.
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

-- Answers its life. PEXPIRE comes first, also where another has the key for longer: it works on a node that is out of memory,
-- and lets the writes behind it through.
local function lengthenBeside(side, token, ttl)
  local life = math.max(call('PTTL', side.key), ttl)
  call('PEXPIRE', side.key, life)
  if side.mode == 'exclusive' then return life end
  if not side.isConverted then return lengthenHold(side, token, ttl) end
  beginPeriod(side, life)
  return lengthenHold(side, token, life)
end

-- Of a heal that would take what is another's: what the token has here is given up.
local function dropHold(side, token)
  if not side.base then return end
  local holders = besideKey(side, 'holders')
  local last = call('ZREVRANGE', holders, 0, 0)[1]
  call('ZREM', holders, token)
  if last and last ~= token then return end
  if call('EXISTS', holders) == 0 then call('DEL', side.key, besideKey(side, 'slots')) else endWithLast(side) end
end

-- Ends a hold, or leaves its place taken by nobody for a while. Sets isFree; answers the lowest number that was freed.
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
