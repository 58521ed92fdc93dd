// Machines: the machine format, the table of GPUs, what tools print of them (core/machine).
import type { Warning } from './common.js';

/** A device of the machine format; what is left out is filled in from the preset. */
export interface MachineDevice {
  name?: string;
  description?: string;
  backend?: string;
  total_mib?: number;
  free_mib?: number;
  reserved_mib?: number;
  driver_mib?: number;
  compute_capability?: string;
  bandwidth_gb_s?: number;
  fp16_tflops?: number;
  architecture?: string;
  pcie_gen?: number;
  pcie_lanes?: number;
  unified_memory?: boolean;
  /** Of an RPC server's network. */
  link_gb_s?: number;
}

export interface Machine {
  name?: string;
  devices: MachineDevice[];
  ram?: { total_mib?: number; memory?: string };
  /** What was measured over what was predicted. */
  calibration?: { decode?: number; prompt?: number };
}

/** The devices that a name means. */
export interface GpuAnswer extends Machine {
  /** One where the name is that of cards of other sizes too. */
  notes: Warning[];
}

/** System memory as --ram describes it; 0 where its size is not said. */
export interface Memory {
  total_mib: number;
  memory: string;
  /** Transfers × 8 bytes × channels; 0 where neither a kind nor a figure is given. */
  peak_gb_s: number;
  /** What all cores together are seen to read. */
  read_gb_s: number;
  /** The transfers or the channels were taken as usual for the kind. */
  assumed: boolean;
}

/** A machine that was read off a tool's output. */
export interface Listing {
  /** The tools, for people. */
  source: string;
  /** Names and free memory of its devices are as the output has them. */
  machine: Machine;
  /** What was counted how, what is missing, what was left out. */
  notes: Warning[];
}

export interface GpuPreset {
  vendor: string;
  name: string;
  description: string;
  vram_mib: number;
  bandwidth_gb_s: number;
  /** Of the shaders, without tensor cores; 0 where it is not known, as with the link. */
  fp16_tflops: number;
  compute_capability: string;
  architecture: string;
  pcie_gen: number;
  pcie_lanes: number;
  unified_memory: boolean;
}
