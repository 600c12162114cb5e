"""Least-privilege Redis ACL lines for the three kinds of process on the bus. Pure text; the manual quotes it."""

import hashlib
from dataclasses import dataclass

from feeds.bus.script import topic_keys
from feeds.messages.system import WALL_STATE

_LINK = "+auth +ping +select +multi +exec"
_READ = "+hget +hmget +hgetall +hvals +hlen +xrange +xrevrange"
_SUBSCRIBE = "+subscribe +unsubscribe"
_WRITE = "+eval +evalsha +script|load +hset +hdel +del +xadd +publish"


@dataclass(frozen=True)
class AclUser:
    """``rights`` are ACL rules, good for Redis 6.2 and later; ``purpose`` is for the people who install it."""

    name: str
    purpose: str
    rights: str

    def line(self, password: str) -> str:
        """A ``user`` line for redis.conf or an ACL file; holds the password's SHA-256, not the password.

        Redis 6.2 resets a user to every channel, and refuses others beside that.
        """
        digest = hashlib.sha256(password.encode()).hexdigest()
        return f"user {self.name} reset resetchannels on #{digest} {self.rights}"


BACK = AclUser(
    name="back",
    purpose="collectors, reports, indicators: publish on every topic",
    rights=f"~cr:* &cr:* -@all {_LINK} {_READ} {_SUBSCRIBE} {_WRITE}",
)

FRONT = AclUser(
    name="front",
    purpose="walls, consoles, mirrors: read and subscribe, cannot write",
    rights=f"~cr:* &cr:* -@all {_LINK} {_READ} {_SUBSCRIBE}",
)


def wall_user(namespace: str) -> AclUser:
    """The user through which a wall of ``namespace`` says what it shows; it may touch ``wall.state`` and nothing else."""
    keys = topic_keys(namespace, WALL_STATE.name)
    return AclUser(
        name="wall",
        purpose=f"the wall's own report of what it shows (namespace {namespace})",
        rights=f"~{keys.channel}:* &{keys.channel} -@all {_LINK} {_READ} {_WRITE}",
    )


def acl_text(namespace: str, passwords: dict[str, str]) -> str:
    """An ACL file: ``default`` off and the three users; ``passwords`` by user name, ``KeyError`` when one is missing.

    Redis refuses an ACL file with comments, so it has none.
    """
    users = (BACK, FRONT, wall_user(namespace))
    return "user default off\n" + "".join(f"{user.line(passwords[user.name])}\n" for user in users)
