-- The two commonest operations, without all that the others need: to make that anew in each call, as Lua does, costs
-- more than the operation itself. What is not as usual is left to the whole verbs, by answering nil or raising an error;
-- nothing that they would mind has been changed by then.
--
-- KEYS and ARGV: as acquire and release. Replies: 1, nil, or an error that nobody reads.

-- acquire: one resource that is free, that nobody waits for, and whose fence is below T.
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

-- release: one resource that is ours, that nobody waits for, and that needs no tombstone.
local function releaseOwn(first, fence, spec, at)
  local flags, _, tokenAt = twoWordsAt(spec, at)
  local key = KEYS[first]
  if flags ~= '2' or call('GET', key) ~= sub(spec, tokenAt) then return nil end
  if fence ~= '0' and call('GET', lineKey(KEYS[first + 1])) then return nil end
  call('DEL', key)
  redis.pcall('PUBLISH', key .. ':released', ' ' .. fence)
  return 1
end
