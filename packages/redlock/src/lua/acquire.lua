-- acquire: hold every resource, or change nothing.
--
-- KEYS  lock key 1..count, then, when T is not 0, fence key 1..count
-- ARGV  count, T, ttl ms, fence ttl ms, token     (behind the verb's letter, see dispatcher.lua)
--       of "w", whose waiter has a rank in the lines: count, T, ttl ms, fence ttl ms, keep ms (0: it takes no place),
--       ticket (0: it has none, and asks for the node's clock), waiter, number, claim ms, token
--
-- Replies
--   1, or the clock in µs      done; the waiter's places in the lines have ended
--   {"held", ...}, {"stale", fence}, an error: see contended.lua
--
-- Nearly always every key is free and every fence below T: then this file is all that runs, one read and two writes for
-- each resource. MGET tells nothing of a key of another type, so each write names what it expects: NX, or XX where
-- there was a text.

local hourUs = 3600 * 1000000

-- Sets the keys and raises the fences, all of them or none. `values`: what MGET told of both. `fences`: as they are to
-- become, where that is not T alone.
local function take(first, count, token, ttl, fence, fenceTtl, values, fences)
  for i = 0, count - 1 do
    local isDone
    if values[i + 1] == token then
      -- Ours already: it keeps the longer of its two lives.
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
    -- A fence that was passed not long ago was believed then; see latestFence.
    local isBelieved = fence == '0' or (highest and proposed < highest + hourUs) or proposed < clockUs() + hourUs
    if values[i] or not isBelieved or (text and not (highest and find(text, '^%d+$') and highest < proposed)) then
      isPlain = false
    end
  end
  if not isPlain then return whole().acquireContended(first, count, fence, spec, at, values) end
  local ttl, fenceTtl, tokenAt = twoWordsAt(spec, at)
  return take(first, count, sub(spec, tokenAt), ttl, fence, fenceTtl, values)
end
