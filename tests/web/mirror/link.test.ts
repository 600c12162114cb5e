import { change, greeted, packed, row, SERVER_AT, snapshot, staged, WELCOME } from "./world";

test("the device proves its key, says what it has, and what was taken is said to be drawn once it is on the screen", async () => {
  const stage = staged();
  await greeted(stage);
  const { world, store } = stage;
  expect(world.socket.said[0]).toEqual({ kind: "hello", proof: "signed n", have: null, build: "b1", language: "id" });
  expect([store.rev, stage.told]).toEqual([4, ["welcomed t1", "taken"]]);
  expect(world.socket.kinds()).toEqual(["hello"]);
  world.paint();
  expect(world.socket.said[1]).toEqual({ kind: "drawn", rev: 4 });
  world.pass(500);
  expect(world.socket.kinds()).toEqual(["hello", "drawn"]);
});

test("a socket that stands makes nothing new: what is shown is old until all has come through it", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world } = stage;
  world.pass(2_000);
  world.socket.end(1006);
  world.pass(400);
  world.socket.text({ kind: "challenge", nonce: "m" });
  world.socket.text({ ...WELCOME, token: "t2" });
  expect(link.pulse()).toEqual({ state: "offline", age_s: 2.4 });
  world.socket.frame(snapshot(9, { part: 1, of: 2 }));
  expect(link.pulse().state).toBe("offline");
  world.paint();
  expect(world.socket.kinds()).not.toContain("drawn");
  world.socket.frame(snapshot(9, { put: {}, part: 2, of: 2 }));
  expect(link.pulse()).toEqual({ state: "live", age_s: 0 });
});

test("a socket that goes before anything has come whole leaves a page that is cut off, not one that waits", () => {
  const stage = staged();
  const { link, world } = stage;
  link.start();
  expect(link.pulse().state).toBe("waiting");
  world.socket.text(WELCOME);
  world.socket.frame(snapshot(9, { part: 1, of: 2 }));
  expect(link.pulse().state).toBe("waiting");
  world.socket.end(1006);
  expect(link.pulse()).toEqual({ state: "offline", age_s: null });
});

test("a beat of another revision is no sign of life: the page asks, and gives the socket up when nothing comes", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world } = stage;
  for (let second = 1; second <= 4; second++) {
    world.pass(1_000);
    world.socket.text({ kind: "beat", at: SERVER_AT + 1_000 * second, rev: 9 });
  }
  expect(world.socket.kinds().filter((kind) => kind === "again")).toHaveLength(1);
  expect(link.pulse()).toEqual({ state: "late", age_s: 4 });
  world.pass(3_000);
  expect([world.sockets[0]!.isClosed, world.sockets.length]).toEqual([true, 2]);
});

test("a snapshot that broke off and is asked for in vain gives the socket up, too", async () => {
  const stage = staged();
  await greeted(stage);
  const { world, store } = stage;
  world.socket.frame(snapshot(9, { part: 1, of: 3 }));
  world.socket.frame(snapshot(9, { part: 3, of: 3 }));
  expect([store.rev, world.socket.kinds().includes("again")]).toEqual([0, true]);
  for (let second = 1; second <= 7; second++) {
    world.pass(1_000);
    if (!world.sockets[0]!.isClosed) world.socket.text({ kind: "beat", at: SERVER_AT + 1_000 * second, rev: 9 });
  }
  expect([world.sockets[0]!.isClosed, world.sockets.length]).toEqual([true, 2]);
});

test("a page nobody sees gets no animation frames and answers all the same", async () => {
  const stage = staged();
  await greeted(stage);
  stage.world.pass(400);
  expect(stage.world.socket.kinds()).toEqual(["hello", "drawn"]);
});

test("a frame that does not follow changes nothing and is asked for once; the snapshot mends it", async () => {
  const stage = staged();
  await greeted(stage);
  const { world, store } = stage;
  world.socket.frame(change(9, 10, { put: { totals: { city: row(2, { received: 99 }) } } }));
  world.socket.frame(change(10, 11));
  expect(store.one("totals")?.body.received).toBe(64);
  expect(world.socket.kinds().filter((kind) => kind === "again")).toHaveLength(1);
  world.socket.frame(snapshot(11, { put: { totals: { city: row(3, { received: 70 }) } } }));
  world.socket.frame(change(11, 12));
  world.socket.frame(change(20, 21));
  expect([store.rev, store.one("totals")?.body.received]).toEqual([12, 70]);
  expect(world.socket.kinds().filter((kind) => kind === "again")).toHaveLength(2);
});

test.each([
  ["no deflate at all", new Uint8Array([1, 2, 3, 255])],
  ["not JSON", packed("x").slice(0, 3)],
  ["a list", packed([1])],
  ["no numbers", packed({ from: "0", to: 1, epoch: "e", at: 1 })],
  ["rows that are none", packed({ from: 4, to: 5, epoch: "e", at: 1, put: { totals: { city: [1, 2] } } })],
  ["a wall without slots", packed({ from: 4, to: 5, epoch: "e", at: 1, wall: { name: "w" } })],
])("a malformed frame (%s) leaves what is shown and asks for a snapshot", async (_, bytes) => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const stage = staged();
  await greeted(stage);
  stage.world.socket.bytes(bytes);
  expect([stage.store.rev, stage.store.one("totals")?.body.received]).toEqual([4, 64]);
  expect(stage.world.socket.kinds()).toContain("again");
  expect(warned).toHaveBeenCalled();
  warned.mockRestore();
});

test("frames before the welcome are nobody's", () => {
  const stage = staged();
  stage.link.start();
  stage.world.socket.frame(snapshot(4));
  expect([stage.store.rev, stage.told]).toEqual([0, []]);
});

test("the age grows by the clock nobody sets: LATE after three seconds, OFFLINE after nine, and the socket is given up", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world, told } = stage;
  expect(link.pulse()).toEqual({ state: "live", age_s: 0 });
  world.pass(2_900);
  expect(link.pulse().state).toBe("live");
  world.pass(200);
  expect(link.pulse().state).toBe("late");
  world.pass(6_500);
  expect(link.pulse().state).toBe("offline");
  expect([world.sockets[0]!.isClosed, told.at(-1)]).toEqual([true, "lost"]);
  world.pass(1_000);
  expect(world.sockets).toHaveLength(2);
});

test("a beat makes it live again, however late, and carries the room's time", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world, clock } = stage;
  world.pass(4_000);
  world.socket.text({ kind: "beat", at: SERVER_AT + 3_500, rev: 4 });
  expect(link.pulse()).toEqual({ state: "live", age_s: 0 });
  world.pass(1_000);
  expect(clock.now()).toBe(SERVER_AT + 4_500);
});

test("a device whose date is wrong by a day shows the same ages and the room's time", async () => {
  const stage = staged({ set: 86_400_000 });
  await greeted(stage);
  const { link, world, clock } = stage;
  world.socket.text({ kind: "beat", at: SERVER_AT + 10, rev: 4 });
  world.pass(500);
  expect(link.pulse().age_s).toBe(0.5);
  expect(clock.now()).toBe(SERVER_AT + 510);
});

test("after a sleep what was heard is of unknown age, and a new socket is opened within two seconds", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world } = stage;
  // The clock that only grows stood still meanwhile.
  world.set += 3_600_000;
  world.pass(1_100);
  expect(link.pulse()).toEqual({ state: "offline", age_s: null });
  expect(world.sockets).toHaveLength(2);
});

test("who looks at the page again waits for no timer; a socket that speaks is kept", async () => {
  const stage = staged();
  await greeted(stage);
  const { link, world } = stage;
  world.pass(1_000);
  world.socket.text({ kind: "beat", at: SERVER_AT, rev: 4 });
  link.wake();
  expect(world.sockets).toHaveLength(1);
  world.now += 60_000;
  link.wake();
  expect(world.sockets).toHaveLength(2);
});

test("what this device has is said when it comes back, and the delta from there is taken", async () => {
  const stage = staged();
  await greeted(stage);
  const { world, store } = stage;
  world.socket.end(1006);
  expect(stage.link.pulse().state).toBe("offline");
  world.pass(400);
  world.socket.text({ kind: "challenge", nonce: "m" });
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(world.socket.said[0]).toMatchObject({ proof: "signed m", have: { epoch: "e", rev: 4 } });
  world.socket.text({ ...WELCOME, token: "t2" });
  world.socket.frame(change(4, 7));
  expect(store.rev).toBe(7);
});

test("tries are spread out up to eight seconds, and a welcome begins anew", () => {
  const stage = staged();
  stage.link.start();
  const { world } = stage;
  const waits: number[] = [];
  for (let number = 0; number < 8; number++) {
    const begun = world.now;
    world.socket.end(1006);
    const count = world.sockets.length;
    while (world.sockets.length === count) world.pass(50);
    waits.push(world.now - begun);
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test.each([
  [4401, null, "ended signed_out"],
  [4401, "revoked", "ended revoked"],
  [4403, null, "ended not_allowed"],
  [1000, "ended", "ended ended"],
])("closed with %i after bye %s: %s, and no more tries", async (code, why, end) => {
  const stage = staged();
  await greeted(stage);
  if (why !== null) stage.world.socket.text({ kind: "bye", why });
  stage.world.socket.end(code);
  expect(stage.told.at(-1)).toBe(end);
  stage.world.pass(60_000);
  expect(stage.world.sockets).toHaveLength(1);
});

test.each(["restart", "identity"])("after bye %s it comes back by itself", async (why) => {
  const stage = staged();
  await greeted(stage);
  stage.world.socket.text({ kind: "bye", why });
  stage.world.socket.end(1012);
  stage.world.pass(400);
  expect([stage.world.sockets.length, stage.told.includes(`ended ${why}`)]).toEqual([2, false]);
});

test("a full house is not stormed", async () => {
  const stage = staged();
  await greeted(stage);
  stage.world.socket.text({ kind: "bye", why: "too_many" });
  stage.world.socket.end(4429);
  stage.world.pass(7_000);
  expect(stage.world.sockets).toHaveLength(1);
  stage.world.pass(2_000);
  expect(stage.world.sockets).toHaveLength(2);
});

test("a key that cannot sign is said, not hidden", async () => {
  const stage = staged({ prove: () => Promise.reject(new Error("the key is gone")) });
  stage.link.start();
  stage.world.socket.text({ kind: "challenge", nonce: "n" });
  await new Promise((next) => setTimeout(next));
  expect(stage.world.socket.said[0]).toMatchObject({ kind: "hello", proof: null });
});
