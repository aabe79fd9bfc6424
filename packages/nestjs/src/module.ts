/** The module: one `Redlock` for the app, injected by its class, closed when the app has shut down. */
import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
} from "@nestjs/common";
import { Redlock } from "@quorate/redlock";
import { RedlockHealthIndicator } from "./health-indicator.ts";
import { type RedlockModuleOptions, redlockFrom } from "./options.ts";

interface Extras {
  /**
   * Whether every module of the app can inject `Redlock`.
   * @default true
   */
  readonly isGlobal?: boolean;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<RedlockModuleOptions>({
  moduleName: "Redlock",
})
  .setClassMethodName("forRoot")
  .setExtras<Extras>({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal ?? true }))
  .build();

const Configurable: ConfigurableModuleCls<RedlockModuleOptions, "forRoot", "create", Extras> = ConfigurableModuleClass;

/**
 * `RedlockModule.forRoot({ addresses })`, or `forRootAsync({ inject, useFactory })` as of any Nest module. Provides
 * `Redlock` and `RedlockHealthIndicator`.
 *
 * At shutdown it closes the `Redlock`, after the app's server has answered what was under way: held locks are released,
 * clients that were given stay open.
 */
export class RedlockModule extends Configurable implements OnApplicationShutdown {
  readonly #redlock: Redlock;

  constructor(redlock: Redlock) {
    super();
    this.#redlock = redlock;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#redlock.close();
  }
}

const redlockProvider = {
  provide: Redlock,
  inject: [MODULE_OPTIONS_TOKEN],
  useFactory(options: RedlockModuleOptions): Redlock {
    const redlock = redlockFrom(options);
    const logger = new Logger("Redlock");
    redlock.on("warning", ({ code, message }) => logger.warn(`${code}: ${message}`));
    return redlock;
  },
};

// Called, not written with "@": so the package is built by any compiler, without settings for decorators.
Inject(Redlock)(RedlockModule, undefined, 0);
Module({
  providers: [redlockProvider, RedlockHealthIndicator],
  exports: [Redlock, RedlockHealthIndicator],
})(RedlockModule);
