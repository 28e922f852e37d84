export {
  type Decision,
  decide,
  type Fate,
  type LimitedItem,
  SHED_REASON,
  type Shares,
  type Spending,
} from './decide.ts';
export { type Fault, faultOf } from './fault.ts';
export { type Kept, type KeptBudget, KeptFaults } from './kept-faults.ts';
export {
  type Allowance,
  type Ask,
  type Contact,
  type Grant,
  overshootBound,
  sliceOf,
} from './lease.ts';
export {
  type ActiveQuota,
  activeQuotas,
  type Count,
  keptPerMinute,
  quantityFor,
  type Sender,
} from './quota.ts';
export { Share } from './share.ts';
export { type Window, windowAt } from './window.ts';
