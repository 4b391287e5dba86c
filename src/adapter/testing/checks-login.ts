// Checks of what comes before a session: the adapter's shape, its config, its logins, connect().
import assert from 'node:assert/strict';
import { adapterFaults, sessionFaults } from '../check.ts';
import { AdapterError } from '../api.ts';
import type { Check } from './check.ts';
import { jsonFaults } from './faults.ts';
import { NotApplicable, caught, faultOf } from './stage.ts';

/** Thrown into a login to leave it where it stands. */
class Left extends Error {}

export const loginChecks: readonly Check[] = [
  {
    name: 'adapter: has the shape of the contract',
    run({ network }) {
      assert.deepEqual(adapterFaults(network.adapter), []);
      return Promise.resolve();
    },
  },
  {
    name: 'config: junk is refused in words',
    run({ network, harness }) {
      const junk = [null, 42, 'junk', ['junk'], { 'no such key': true }, ...(harness.junk ?? [])];
      for (const input of junk) {
        const refusal = thrownBy(() => network.adapter.parseConfig(input));
        assert.ok(refusal !== undefined, `parseConfig took ${JSON.stringify(input)}`);
        assert.ok(refusal instanceof Error && refusal.message !== '', 'the operator needs words');
      }
      return Promise.resolve();
    },
  },
  {
    name: 'login: gives an account and credentials that survive JSON',
    async run(stage) {
      const { account, credentials } = await stage.logIn((form) => stage.login.answer(form));
      assert.ok(typeof account === 'string' && account !== '', 'account is not a text');
      assert.deepEqual(jsonFaults(credentials, 'credentials'), []);
      const { link } = await stage.connect();
      assert.ok(link.session, 'the credentials are good for a session');
    },
  },
  {
    name: 'login: a wrong answer fails in words for the user',
    async run(stage) {
      const { login } = stage;
      if (!login.wrong)
        throw new Error('the harness has no login.wrong: give it, or name this check in `without`, with why');
      let first: string | undefined;
      let askedAgain = false;
      const error = await caught(
        stage.logIn((form) => {
          const fields = form.fields.map(({ name }) => name).join();
          askedAgain = first === fields && Boolean(form.note);
          if (askedAgain) throw new Left();
          first ??= fields;
          return login.wrong?.(form) ?? {};
        }),
      );
      if (!askedAgain) faultOf(error, 'rejected', 'auth-lost');
    },
  },
  {
    name: 'login: can be left at every form',
    async run(stage) {
      for (let leaveAt = 1; ; leaveAt++) {
        const controller = new AbortController();
        let forms = 0;
        const login = stage.logIn((form) => {
          forms += 1;
          if (forms < leaveAt) return stage.login.answer(form);
          controller.abort();
          throw new Left();
        }, controller.signal);
        const error = await caught(login);
        if (forms < leaveAt) {
          if (leaveAt === 1) throw new NotApplicable('this login asks nothing');
          return;
        }
        assert.ok(error instanceof Left, `leaving form ${leaveAt} ended in: ${String(error)}`);
      }
    },
  },
  {
    name: 'connect: gives a session that keeps the contract',
    async run(stage) {
      const { link } = await stage.connect();
      assert.deepEqual(sessionFaults(link.session), []);
      const { known } = stage.network;
      if (!known || !link.session?.resolve) return;
      assert.deepEqual((await link.session.resolve(known.query))?.chat, known.chat, 'resolve() finds who is known');
      const nobody = await caught(link.session.resolve(known.nobody).then((found) => assert.equal(found, undefined)));
      if (nobody !== undefined) faultOf(nobody, 'rejected');
    },
  },
  {
    name: 'connect: worthless credentials are auth-lost',
    async run(stage) {
      await stage.account();
      await stage.fault('revoke')();
      const error = await caught(stage.connect());
      faultOf(error, 'auth-lost');
    },
  },
  {
    name: 'connect: a network that is away is temporary',
    async run(stage) {
      await stage.account();
      await stage.fault('stop')();
      const error = await caught(stage.connect());
      await stage.fault('start')();
      faultOf(error, 'temporary');
      assert.ok(AdapterError.is(error));
      const { link } = await stage.connect();
      await stage.say('back');
      await stage.hears(link, ['back'], 'the next connect() works');
    },
  },
];

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
