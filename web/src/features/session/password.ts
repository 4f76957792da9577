// The rules of passwords that can be told before the server looks: it has the last word.

export type Rule = "length" | "signs" | "own";

const SHORTEST = 12;
const FEWEST_SIGNS = 5;

/** Whether each rule is met by a password of somebody with that name and address. */
export function rules(password: string, name: string, email: string): Record<Rule, boolean> {
  const key = (text: string) => text.trim().toLowerCase();
  const own = [name, email, email.split("@")[0] ?? ""].map(key).filter(Boolean);
  return {
    length: [...password].length >= SHORTEST,
    signs: new Set(key(password)).size >= FEWEST_SIGNS,
    own: password !== "" && !own.includes(key(password)),
  };
}
