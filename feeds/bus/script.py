"""The one Lua script that publishes, and the names of the keys it touches. Knows nothing of connections or message types.

Works unchanged on Redis 6.2, 7 and 8, stand-alone and Cluster: all keys of a topic share one hash tag.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MODE_PUBLISH = "publish"
MODE_RESET = "reset"
MODE_CLAIM = "claim"
MODE_SHARED = "shared"

FIXED_ARGUMENTS = 8
"""mode, seen epoch, seen n, epoch, claim, keep, delivery, channel; entries of three follow."""

_EPOCH, _COUNT = re.compile(rb"[A-Za-z0-9-]*"), re.compile(rb"[0-9]{1,15}")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

# A notice of a new epoch is small, whatever the snapshot's size: {"seq":N,"epoch":"E","reset":true}.
# The compare of (epoch, n, claim) before the first write makes a call that was delayed by a frozen server harmless:
# it runs when the server thaws, sees that its view is old, and does nothing.
# What no publisher of this house wrote (a key of another type, an epoch or a count that is none: see read_state) is nothing: the topic
# begins anew.
SCRIPT = """
local mode, seen_epoch, seen_n, epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local claim, keep, delivery, channel = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local stored = redis.pcall('HMGET', KEYS[1], 'epoch', 'n', 'claim')
for _, answer in ipairs({stored, redis.pcall('XRANGE', KEYS[2], '-', '-'), redis.pcall('HLEN', KEYS[3])}) do
  if type(answer) == 'table' and answer.err then
    if not string.find(answer.err, 'WRONGTYPE', 1, true) then return answer end
    stored = {}
  end
end
local now_epoch, now_n, now_claim = stored[1] or '', stored[2] or '0', stored[3] or ''
if not (string.find(now_epoch, '^[%w-]*$') and string.find(now_n, '^%d+$') and #now_n <= 15 and string.find(now_claim .. '0', '^%d')) then
  now_epoch, now_n, now_claim = '', '0', ''
end
local n = tonumber(now_n)
local function digits(number) return string.format('%.0f', number) end
if mode == 'shared' then
  if now_epoch == '' then
    redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
    n = 0
  else
    epoch = now_epoch
  end
elseif now_epoch ~= seen_epoch or n ~= tonumber(seen_n) or (mode == 'publish' and now_claim ~= claim) then
  return {'seen', now_epoch, digits(n), now_claim}
end
if mode == 'reset' then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
  n = 0
end
for i = 9, #ARGV, 3 do
  n = n + 1
  local text = '{"seq":' .. digits(n) .. ',"epoch":"' .. epoch .. '",' .. ARGV[i + 1]
  if delivery == 'latest' then
    if ARGV[i + 2] == '1' then
      redis.call('HDEL', KEYS[3], ARGV[i])
    else
      redis.call('HSET', KEYS[3], ARGV[i], text)
    end
  end
  if mode ~= 'reset' or delivery == 'every' then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, digits(n) .. '-1', 'm', text)
  end
  if mode ~= 'reset' then
    redis.call('PUBLISH', channel, text)
  end
end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'n', digits(n), 'claim', claim)
if mode == 'reset' then
  redis.call('PUBLISH', channel, '{"seq":' .. digits(n) .. ',"epoch":"' .. epoch .. '","reset":true}')
end
return {'ok', epoch, digits(n), claim}
"""


class TopicKeys(NamedTuple):
    """Where one topic of one namespace lives. The channel is the common stem."""

    seq: str
    log: str
    snap: str
    channel: str


def topic_keys(namespace: str, topic_name: str) -> TopicKeys:
    """The keys of a topic; ``ValueError`` for a namespace that is not lower-case letters, digits and dashes."""
    if not _NAMESPACE.fullmatch(namespace):
        raise ValueError(f"namespace {namespace!r}: use lower-case letters, digits and dashes, as in 'live' or 'replay-7'")
    stem = f"cr:{{{namespace}:{topic_name}}}"
    return TopicKeys(seq=f"{stem}:seq", log=f"{stem}:log", snap=f"{stem}:snap", channel=stem)


def read_state(fields: Sequence[bytes | None]) -> tuple[str, int, str] | None:
    """Epoch, n and claim as they stand in a topic's ``seq`` key; ``None`` when no publisher of this house can have written them.

    The script judges by the same rule.
    """
    epoch, n, claim = (field or b"" for field in fields)
    if _EPOCH.fullmatch(epoch) is None or _COUNT.fullmatch(n or b"0") is None or not (claim + b"0")[:1].isdigit():
        return None
    return epoch.decode(), int(n or 0), claim.decode(errors="replace")


def payloads_of(entries: Iterable[tuple[bytes, dict[bytes, bytes] | None]]) -> list[bytes]:
    """The messages of stream entries; an entry that is not ours is an empty one."""
    return [(item or {}).get(b"m", b"") for _, item in entries]


def prefix(seq: int, epoch: str) -> bytes:
    """What the script puts before an entry's payload."""
    return f'{{"seq":{seq},"epoch":"{epoch}",'.encode()
