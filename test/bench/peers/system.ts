/** What a system outside Temporal is for the benchmark: its packages, its servers, a worker in a process of its own. */
import type { Work } from '../work.js';
import type { AgentSettings } from './agent.js';

/** Package and its exact version. */
export type Packages = Readonly<Record<string, string>>;

/** The module of that package, from where the packages were installed. */
export type Load = <T>(name: string) => Promise<T>;

export interface SystemServer {
  readonly pid: number;
  /** For the worker, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface WorkerOptions extends AgentSettings {
  readonly load: Load;
  /** A directory of its own. */
  readonly directory: string;
  /** Of the server; empty where there is none. */
  readonly server: Readonly<Record<string, unknown>>;
}

export interface SystemWorker {
  /** One task to its end. */
  run(id: string, model: string): Promise<void>;
  /** Bytes that the task has left where the system keeps its state. */
  stored(id: string): Promise<number>;
}

export interface System {
  readonly name: string;
  readonly packages: Packages;
  /** Throws where something that it needs is not there: the message says what. */
  startServer?(options: { readonly directory: string; readonly packages: string }): Promise<SystemServer>;
  openWorker(options: WorkerOptions): Promise<SystemWorker>;
}

/** As a peer of the benchmark that can be measured. */
export interface SystemStage {
  readonly worker: { readonly pid: number };
  readonly server?: { readonly pid: number };
  run(work: Work): Promise<string>;
  stored(id: string): Promise<number>;
  close(): Promise<void>;
}
