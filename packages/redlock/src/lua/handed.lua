-- What a release does for those who wait: the key is handed over to the first, or they are called.

-- Which life of the server tells it, as life.lua names its history: the waiter believes only the one that it knows from an
-- answer.
local function lifeNow()
  return match(infoOf('replication'), 'master_replid:(%w+)') or match(infoOf('server'), 'run_id:(%w+)') or ''
end

-- Gives the free key to the first who waits for it, and tells it; where the turn is somebody's who can only be called,
-- calls. The next fencing token is what the waiter proposed, or one more than the token that ends. Answers whether
-- somebody was told, or is `following` and comes now. `isOneCalled`: of readers only the first is called.
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
      -- A write that changes nothing: what a node refuses to write now (MISCONF, NOREPLICAS, READONLY) it refuses here, and
      -- not when it has told the waiter of a key that it then does not set.
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

-- A waiter has left the line of what others hold: calls those whom it kept from being beside them. (A reader keeps no
-- reader: thousands who give up would each call all the others.)
local function callBehind(side)
  local mode = side.value and match(side.value, '^(%l+) %d+$')
  if mode == 'shared' then besideParts().callReaders(side.key, side.fence, 0) end
  if mode == 'permits' then
    side.base = side.base or 0
    besideParts().callPermits(side, nil, 0, 0)
  end
end
