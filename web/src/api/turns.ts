// Few requests at a time: the server answers one question of a person after the other, and
// turns away whoever has too many in line. Changes do not wait for what is only looked at.

const MOST = 4;

let going = 0;
const line: (() => void)[] = [];

/** Do something when it is its turn; what comes first is done first. */
export async function inTurn<T>(does: () => Promise<T>): Promise<T> {
  if (going >= MOST) await new Promise<void>((turn) => line.push(turn));
  else going += 1;
  try {
    return await does();
  } finally {
    const next = line.shift();
    if (next) next();
    else going -= 1;
  }
}
