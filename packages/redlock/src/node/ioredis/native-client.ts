/**
 * ioredis's own classes, for the one API that promises them in its types. Only a type: nothing of ioredis is loaded, and
 * an app that uses another client library does without it.
 */
import type { Cluster, Redis } from "ioredis";

export type NativeClient = Redis | Cluster;
