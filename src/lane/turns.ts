// Whose turn it is: accounts in a ring, and in each of them its lanes in a ring, so that neither a flood into one lane nor
// an account with a thousand lanes holds up the others.

export class Turns<Group, Member> {
  /** A Set is a ring: who had his turn is deleted and added at the end. */
  readonly #groups = new Map<Group, Set<Member>>();

  /** Takes part, at the end of its group's ring if it does not already. */
  join(group: Group, member: Member): void {
    const members = this.#groups.get(group);
    if (members) members.add(member);
    else this.#groups.set(group, new Set([member]));
  }

  /** Takes part no more. */
  leave(group: Group, member: Member): void {
    const members = this.#groups.get(group);
    if (members?.delete(member) && members.size === 0) this.#groups.delete(group);
  }

  /** The next in turn, who takes part no more until he joins again. */
  next(): Member | undefined {
    for (const [group, members] of this.#groups) {
      this.#groups.delete(group);
      for (const member of members) {
        members.delete(member);
        if (members.size > 0) this.#groups.set(group, members);
        return member;
      }
    }
    return undefined;
  }
}
