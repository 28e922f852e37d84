import { describe } from 'vitest';
import { describeAppendAndRead } from './contract/append-and-read.ts';
import { describeConsume } from './contract/consume.ts';
import { describeModel } from './contract/model.ts';
import { describeProcesses } from './contract/processes.ts';
import type { ContractSubject } from './contract/subject.ts';

export type { ContractSubject, Place } from './contract/subject.ts';

/** Declares the tests that every implementation of the event log has to pass. Call it at the top level of a test file. */
export function describeEventLogContract(subject: ContractSubject): void {
  describe(`the contract of the event log, kept by ${subject.name}`, () => {
    describeAppendAndRead(subject);
    describeConsume(subject);
    describeProcesses(subject);
    describeModel(subject);
  });
}
