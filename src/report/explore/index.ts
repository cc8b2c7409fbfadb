/** The exploratory report of training: gather while reading, add the model's view, render. */

export { ExplorationCollector } from './collector.js';
export type { ExplorationData, TrainingView } from './data.js';
export { renderExploration } from './page.js';
export { viewTraining } from './training.js';
