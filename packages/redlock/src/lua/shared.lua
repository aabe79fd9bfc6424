-- What the whole verbs share: their arguments, the text of a fence, the clock.

local function nowMs()
  return math.floor(clockUs() / 1000)
end

-- The highest T that is believed: a day ahead of this node's clock, so that one broken clock cannot shut everybody
-- out. In microseconds.
local latestFence = clockUs() + 86400 * 1000000

-- The word that begins at `at`, and where the next one begins.
local function wordAt(text, at)
  local stop = find(text, ' ', at, true)
  return sub(text, at, stop - 1), stop + 1
end

-- What is kept in a fence key: "<highest T granted>", behind it where there is one " <highest T buried>", and then " +"
-- where somebody may stand in the line. Everything below 2^53 is exact in Lua's numbers, but tostring() would round it,
-- so nothing may turn a fence into text except by format("%.0f").
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

-- What of a token "<random>:<T>:<label>" others are told: not all of the random part, by which it could be released. Of
-- what another library wrote, the first 8 characters.
local function shownToken(token)
  local tail = find(token, ':%d+:')
  if not tail then return sub(token, 1, 8) end
  return sub(token, 1, math.min(8, tail - 1)) .. sub(token, tail, tail + 239)
end

-- Keeps a fence as it has become for `lifeMs`. Answers false when its key is of another type.
local function setFence(fence, lifeMs)
  local known = fence.text
  fence.text = textOf(fence)
  return call('SET', fence.key, fence.text, known and 'XX' or 'NX', 'PX', lifeMs)
end

-- The same for at least `lifeMs`, and never for less than it had.
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

-- For a grant: a fence that is raised lives as long as the lock needs it, one that stays, or has a line, no shorter.
local function raiseFence(fence, lifeMs)
  if fence.isRaised and not fence.hasLine then return setFence(fence, lifeMs) end
  return lengthenFence(fence, lifeMs)
end
