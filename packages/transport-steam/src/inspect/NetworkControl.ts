import { type LinkConditions, resolveConditions } from '../sim/conditions.ts';
import type { NetworkSetting } from './messages.ts';
import type { InspectorNetwork } from './options.ts';

/** The sliders' end at the simulated network. */
export class NetworkControl {
  readonly #network: InspectorNetwork;
  #conditions: Required<LinkConditions>;

  constructor(network: InspectorNetwork, conditions: LinkConditions = {}) {
    this.#network = network;
    this.#conditions = resolveConditions(conditions);
  }

  get setting(): NetworkSetting {
    const { latencyMs, jitterMs, loss, bandwidthBitsPerSecond } = this.#conditions;
    const bound = Number.isFinite(bandwidthBitsPerSecond) ? bandwidthBitsPerSecond : null;
    return { latencyMs, jitterMs, loss, bandwidthBitsPerSecond: bound };
  }

  /** Sets what it was made with. @throws (rejects) what the network throws */
  async begin(): Promise<void> {
    await this.#network.setConditions(this.#conditions);
  }

  /** @throws RangeError | TypeError (rejects) for what is no setting; what the network throws */
  async set(setting: Partial<NetworkSetting>): Promise<void> {
    const { latencyMs, jitterMs, loss, bandwidthBitsPerSecond } = { ...this.setting, ...setting };
    const bound = bandwidthBitsPerSecond ?? Number.POSITIVE_INFINITY;
    const conditions = resolveConditions({ ...this.#conditions, latencyMs, jitterMs, loss, bandwidthBitsPerSecond: bound });
    await this.#network.setConditions(conditions);
    this.#conditions = conditions;
  }
}
