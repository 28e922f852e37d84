export {
  createExperimentMetrics,
  type ExperimentMetrics,
  type ExperimentOptions,
  experiment,
  type Mismatch,
} from './experiment.ts';
