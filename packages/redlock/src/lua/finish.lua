-- release where something is not as usual: somebody waits, or something is to be buried. KEYS, ARGV, replies: see
-- release.lua.
--
-- The tombstone is the highest T that is dead here: for at least bury ms neither an acquire nor a heal nor a place of
-- it comes to life. With `bury`, or where the key was not ours. A T that no acquire could pass (a day ahead) leaves
-- none, or one broken clock would shut everybody out.

-- A text that is no fence keeps nobody from letting go of the key, and stays as it is: then there is none.
local function fenceToEnd(key, text, isBuried)
  local isOk, fence = pcall(readFence, key, text)
  if isOk then return fence end
  if isBuried then error(fence, 0) end
end

-- An acquire in line for this key that comes next in the same call, and will be granted unless somebody is before it.
local function contenderIn(following, key, keyAfter, fence)
  if not following or key ~= keyAfter or sub(following, 1, 2) ~= 'w1' then return nil end
  local _, proposed, at = twoWordsAt(following, 2)
  proposed = tonumber(proposed)
  if proposed <= fence.highest or proposed <= fence.buried or proposed > latestFence then return nil end
  local own = ownOf(following, at, 0, 1, proposed)
  return own.ticket and own
end

-- Out of memory is no reason to fail: a late acquire is refused here for the same cause.
local function keepFence(fence, lifeMs)
  local isOk, raised = pcall(writeFence, fence, lifeMs)
  local message = type(raised) == 'table' and raised.err or tostring(raised)
  if not isOk and not find(message, 'OOM', 1, true) then error(raised, 0) end
end

-- In a Cluster a script reaches only keys that are there while their slot is moved: it would stop halfway, with a waiter
-- told of a key that is not set. A key that is never there shows it. Nothing is done, and the caller asks again.
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
