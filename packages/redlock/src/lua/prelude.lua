-- What the verbs share: reading their arguments, a lock key, a fence, and the node's clock.

local call, find, format, match, sub = redis.call, string.find, string.format, string.match, string.sub

-- The word that begins at `at`, and where the next one begins. A pattern for a whole text costs four times as much.
local function wordAt(text, at)
  local stop = find(text, ' ', at, true)
  return sub(text, at, stop - 1), stop + 1
end

local function twoWordsAt(text, at)
  local one = find(text, ' ', at, true)
  local two = find(text, ' ', one + 1, true)
  return sub(text, at, one - 1), sub(text, one + 1, two - 1), two + 1
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

-- This node's clock in microseconds; read once per call.
local clockKnown
local function clockUs()
  if not clockKnown then
    local now = call('TIME')
    clockKnown = tonumber(now[1]) * 1000000 + tonumber(now[2])
  end
  return clockKnown
end

local function nowMs()
  return math.floor(clockUs() / 1000)
end

-- The highest T that is believed: a day ahead of this node's clock, so that one broken clock cannot shut everybody
-- out. In microseconds.
local function latestFence()
  return clockUs() + 86400 * 1000000
end
