/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Decodes the x86-64 instructions with which a program reaches device registers and
 * carries them out on saved processor state, the memory access left to the caller.
 * Allocation-free, for use in a signal handler.
 */

#ifndef TWIN_EMUL_H
#define TWIN_EMUL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

enum emul_op {
	EMUL_MOV, /* also MOVNTI */
	EMUL_MOVZX,
	EMUL_MOVSX,
	EMUL_MOVBE,
	EMUL_CMOV,
	EMUL_XCHG,
	EMUL_ADD,
	EMUL_ADC,
	EMUL_SUB,
	EMUL_SBB,
	EMUL_CMP,
	EMUL_AND,
	EMUL_TEST,
	EMUL_OR,
	EMUL_XOR,
	EMUL_NOT,
	EMUL_INC,
	EMUL_DEC,
	EMUL_BT,
	EMUL_BTS,
	EMUL_BTR,
	EMUL_BTC,
};

/** One decoded instruction with one explicit memory operand. */
struct emul_insn {
	enum emul_op op;
	unsigned int cond;  /* CMOV: condition code as in the opcode, 0..15 */
	unsigned int len;   /* of the instruction, bytes */
	unsigned int width; /* of the memory operand, bytes: 1, 2, 4, 8 */
	uintptr_t ea;	    /* address of the memory operand */
	bool loads, stores; /* what is done to memory */
	bool mem_is_dst;
	bool has_reg;		/* the other operand is a register, else imm */
	int greg;		/* its index in gregs[] */
	unsigned int reg_width; /* bytes */
	bool reg_high;		/* AH, CH, DH, BH */
	uint64_t imm;
};

/** Memory that an instruction touches, for those that emul_decode() does not know. */
struct emul_extent {
	uintptr_t ea;
	size_t len;
	bool write;
};

#define EMUL_MAX_EXTENTS 4

/** True if the instruction at RIP is one that emul_finish() can carry out. */
bool emul_decode(const ucontext_t *uc, struct emul_insn *insn);

/**
 * Carries the instruction out: mem is what was loaded (if it loads), *out what is to
 * be stored (if it stores). Sets registers, flags and RIP.
 */
void emul_finish(ucontext_t *uc, const struct emul_insn *insn, uint64_t mem, uint64_t *out);

/** The memory operands of any instruction; 0 if it cannot be decoded or their place is unknown. */
unsigned int emul_extents(const ucontext_t *uc, struct emul_extent *ext);

#endif /* TWIN_EMUL_H */
