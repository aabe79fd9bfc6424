-- How long this node has kept its memory: told by a record in that memory, so that whatever loses locks loses it too, or
-- shows that it is not the record of now.
--
-- The record is "<history> <born> <cause>", and never ends. History: the master_replid, which a server draws anew when it
-- starts and when it is promoted, so that a record from a disk, or from a master, names another one. Born: when the record
-- was written, in ms of this node's clock. Cause: why it was, for people.
--
--   fresh      there was none: the node is new to locks, or was flushed, swapped, or evicted it
--   restarted  there was none, or that of another history, and the server had just been started
--   promoted   there was that of another history, and the server was promoted
--   replaced   there was that of another history: the data came from elsewhere
--   clock      it was born in the future: the clock was set back
--
-- The life that is told: "<run id> <record> <its key>", or "<run id> !<why there is none>" when it can be neither read nor
-- written, and then the memory has no age. A replica tells only its run id; without the right to INFO there is nothing
-- to tell, "?".

local justStartedSeconds = 60

local function fieldOf(info, name, pattern)
  local at = find(info, name, 1, true)
  return at and match(info, pattern, at + #name)
end

local function whyBorn(record, replication, uptimeSeconds)
  local isJustStarted = uptimeSeconds <= justStartedSeconds
  if not record then return isJustStarted and 'restarted' or 'fresh' end
  if not find(replication, 'second_repl_offset:-1', 1, true) then return 'promoted' end
  return isJustStarted and 'restarted' or 'replaced'
end

-- The record of now, and when it was born; or nil and why there is none.
local function keepRecord(key, history, replication, uptimeSeconds)
  local record = redis.pcall('GET', key)
  if type(record) == 'table' then return nil, record.err end
  local known, born, cause
  if record then
    known, born = match(record, '^(%S+) (%d+) %l+$')
    if not known then return nil, 'FOREIGN the key ' .. key .. ' holds something else than how old this memory is' end
    if tonumber(born) > nowMs() then
      cause = 'clock'
    elseif known == history then
      return record, tonumber(born)
    end
  end
  cause = cause or whyBorn(record, replication, uptimeSeconds)
  record = history .. ' ' .. format('%.0f', nowMs()) .. ' ' .. cause
  local reply = redis.pcall('SET', key, record)
  if reply.err then return nil, reply.err end
  return record, nowMs()
end

-- Two calls of INFO for the two sections: Redis 6 takes only one, and the second one costs twice as much as the first.
local function describeNode(key)
  local replication, server = redis.pcall('INFO', 'replication'), redis.pcall('INFO', 'server')
  if type(replication) ~= 'string' or type(server) ~= 'string' then return '?', 0, 0 end
  local runId = fieldOf(server, 'run_id:', '^%w+')
  if not find(replication, 'role:master', 1, true) then return runId, 0, 1 end
  local uptimeSeconds = tonumber(fieldOf(server, 'uptime_in_seconds:', '^%-?%d+')) or 0
  -- A server that tells no history has at least its run id, which changes with a start.
  local history = fieldOf(replication, 'master_replid:', '^%w+') or runId
  local record, born = keepRecord(key, history, replication, uptimeSeconds)
  if not record then return runId .. ' !' .. born, 0, 0 end
  local age = nowMs() - born
  -- What was written into a record by hand makes no process older than it is. Of a server whose clock is behind its own start
  -- nothing is known but the record, which was begun anew when the clock had been set back.
  if uptimeSeconds >= 0 then age = math.min(age, (uptimeSeconds + 1) * 1000) end
  return runId .. ' ' .. record .. ' ' .. key, age, 0
end

