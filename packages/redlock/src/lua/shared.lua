-- What the whole verbs share: reading their arguments, a lock key, a fence, and the clock in milliseconds.

-- The word that begins at `at`, and where the next one begins.
local function wordAt(text, at)
  local stop = find(text, ' ', at, true)
  return sub(text, at, stop - 1), stop + 1
end

-- The token in a lock key, false when it is free. A key of another type holds nobody's token.
local function holderOf(key)
  local reply = redis.pcall('GET', key)
  if type(reply) == 'table' and reply.err then
    if find(reply.err, 'WRONGTYPE', 1, true) then return false end
    error(reply.err, 0)
  end
  return reply
end

-- The highest fencing token that a fence key remembers; 0 when there is none. Everything below 2^53 is exact in Lua's
-- numbers, but tostring() would round it, so nothing here may turn a fence into text except by format("%.0f").
local function readFence(key)
  local text = call('GET', key)
  if not text then return 0 end
  if not find(text, '^%d+$') then error('FENCE the key ' .. key .. ' holds something that is no fencing token', 0) end
  return tonumber(text)
end

-- What of a token "<random>:<T>:<label>" others are told: not all of the random part, by which it could be released. Of
-- what another library wrote, the first 8 characters.
local function shownToken(token)
  local tail = find(token, ':%d+:')
  if not tail then return sub(token, 1, 8) end
  return sub(token, 1, math.min(8, tail - 1)) .. sub(token, tail, tail + 239)
end

local function nowMs()
  return math.floor(clockUs() / 1000)
end
