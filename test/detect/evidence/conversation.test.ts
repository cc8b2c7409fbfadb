import { beforeEach, describe, expect, it } from 'vitest';
import { Conversations, OPENING, OVER } from '../../../src/detect/evidence/conversation.js';

const conversations = new Conversations();
beforeEach(() => {
  conversations.select(7);
  conversations.begin(0, OPENING);
});

describe('turns', () => {
  it('begin when the initiator speaks after the responder, with the answers before them', () => {
    conversations.ask(100, 0.1);
    expect(conversations.turned).toBe(true);
    conversations.ask(50, 0.2);
    expect(conversations.turned).toBe(false);
    conversations.answer(300, 0.3);
    conversations.answer(200, 0.3);
    conversations.ask(100, 0.4);
    expect(conversations.turned).toBe(true);
    expect(conversations.answered).toBe(500);
    expect([conversations.up, conversations.down]).toEqual([250, 500]);
  });

  it('take no answer as long as its question for an outcome: it is the echo of typing', () => {
    for (const at of [1, 1.3, 1.7]) {
      conversations.ask(36, at);
      conversations.answer(36, at + 0.01);
    }
    conversations.ask(36, 2);
    expect(conversations.answered).toBe(0);
  });
});

describe('roles', () => {
  const said = (silence: number, wait: number, answer: number): boolean[] => {
    conversations.ask(40, 0.1);
    conversations.answer(12, 0.1 + silence);
    conversations.ask(answer, 0.1 + silence + wait);
    return [conversations.reversed, conversations.commanded];
  };

  it('are reversed where the responder begins after a silence and is answered at once, with more than it asked', () => {
    expect(said(3, 0.05, 900)).toEqual([true, true]);
  });

  it('are reversed without a command where the answer is small', () => {
    expect(said(3, 0.05, 6)).toEqual([true, false]);
  });

  it('are not where the responder was only slow by a round trip, or the initiator took as long as a person', () => {
    expect(said(0.3, 0.05, 900)).toEqual([false, false]);
    expect(said(3, 2, 900)).toEqual([false, false]);
  });

  it('count an answer in several packets as one command', () => {
    conversations.ask(40, 0.1);
    conversations.answer(1000, 4);
    conversations.ask(600, 4.05);
    expect(conversations.commanded).toBe(false);
    conversations.ask(600, 4.06);
    expect(conversations.commanded).toBe(true);
    conversations.ask(600, 4.07);
    expect(conversations.commanded).toBe(false);
  });

  it('are not reversed by a greeting: who begins a connection may wait for one', () => {
    conversations.answer(20, 3);
    conversations.ask(30, 3.05);
    expect(conversations.reversed).toBe(false);
  });
});

it('A flow whose number is given anew is another, and one is not mixed with its neighbours', () => {
  const { generation } = conversations;
  conversations.ask(10, 1);
  conversations.select(8);
  conversations.begin(1, OPENING);
  expect(conversations.up).toBe(0);
  conversations.select(7);
  expect(conversations.up).toBe(10);
  conversations.begin(2, OVER);
  expect([conversations.generation, conversations.up]).toEqual([generation + 1, 0]);
});

it('What the initiator sent for nothing is counted once, and the shape of a connection once', () => {
  conversations.ask(500, 1);
  conversations.ask(500, 2);
  expect([conversations.takeMute(), conversations.takeMute()]).toEqual([1000, 0]);
  expect([conversations.takeShape(), conversations.takeShape()]).toEqual([true, false]);
});
