-- What the whole script shares: the functions of Redis and of Lua, the arguments of an operation, the node's clock. Kept
-- short: Lua makes every function anew in each call, and what is not needed for a free lock is made by makeWhole().

local call, find, format, match, sub = redis.call, string.find, string.format, string.match, string.sub
local makeWhole, known

-- The rest, made when it is first needed.
local function whole()
  known = known or makeWhole()
  return known
end

-- The two words that begin at `at`, and where the next one begins. A pattern for a whole text costs twice as much.
local function twoWordsAt(text, at)
  local one = find(text, ' ', at, true)
  local two = find(text, ' ', one + 1, true)
  return sub(text, at, one - 1), sub(text, one + 1, two - 1), two + 1
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
