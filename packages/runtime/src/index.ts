export { type Clock, systemClock } from './clock.ts';
export { ConfigError, parseConfig } from './config.ts';
export { faultPoint } from './fault-point.ts';
export { createLogger, type Logger, silentLogger } from './logger.ts';
export { AggregatorRegistry, Counter, createRegistry, Gauge, Histogram, Registry } from './metrics.ts';
export { type Health, type OperationsServer, serveOperations } from './operations.ts';
export { type RunningService, runService, type ServiceContext } from './run-service.ts';
