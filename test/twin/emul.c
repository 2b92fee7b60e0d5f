/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The oriel authors
 */

/*
 * Decoding with Zydis and emulation of loads, stores and integer operations on
 * memory.
 */

#include <string.h>
#include <sys/param.h>

#include <Zydis/Zydis.h>

#include "emul.h"

#define FLAG_CF 0x001u
#define FLAG_PF 0x004u
#define FLAG_AF 0x010u
#define FLAG_ZF 0x040u
#define FLAG_SF 0x080u
#define FLAG_OF 0x800u
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)
#define CODE_PAGE 4096u

/** gregs[] index of a 64-bit register, or -1. */
static int
emul_greg(ZydisRegister reg)
{
	static const int index[16] = {
		REG_RAX,
		REG_RCX,
		REG_RDX,
		REG_RBX,
		REG_RSP,
		REG_RBP,
		REG_RSI,
		REG_RDI,
		REG_R8,
		REG_R9,
		REG_R10,
		REG_R11,
		REG_R12,
		REG_R13,
		REG_R14,
		REG_R15,
	};
	ZydisRegister full = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);

	if (full < ZYDIS_REGISTER_RAX || full > ZYDIS_REGISTER_R15)
		return -1;
	return index[full - ZYDIS_REGISTER_RAX];
}

static bool
emul_fetch(const ucontext_t *uc, ZydisDecoder *dec, ZydisDecoderContext *ctx,
	ZydisDecodedInstruction *zi)
{
	const uint8_t *rip = (const uint8_t *)uc->uc_mcontext.gregs[REG_RIP];
	size_t in_page = CODE_PAGE - ((uintptr_t)rip & (CODE_PAGE - 1));

	if (!ZYAN_SUCCESS(ZydisDecoderInit(dec, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
		return false;
	/* The next page is looked at only if the instruction really reaches into it. */
	if (ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
		    dec, ctx, rip, MIN(in_page, (size_t)ZYDIS_MAX_INSTRUCTION_LENGTH), zi)))
		return true;
	return in_page < ZYDIS_MAX_INSTRUCTION_LENGTH &&
		ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
			dec, ctx, rip, ZYDIS_MAX_INSTRUCTION_LENGTH, zi));
}

static bool
emul_reg_value(const ucontext_t *uc, ZydisRegister reg, uint64_t next, uint64_t *val)
{
	int greg;

	if (reg == ZYDIS_REGISTER_NONE) {
		*val = 0;
		return true;
	}
	if (reg == ZYDIS_REGISTER_RIP) {
		*val = next;
		return true;
	}
	greg = emul_greg(reg);
	if (greg < 0)
		return false;
	*val = (uint64_t)uc->uc_mcontext.gregs[greg];
	if (ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, reg) == 32)
		*val = (uint32_t)*val;
	return true;
}

static bool
emul_address(const ucontext_t *uc, const ZydisDecodedInstruction *zi, const ZydisDecodedOperand *op,
	uintptr_t *ea)
{
	uint64_t next = (uint64_t)uc->uc_mcontext.gregs[REG_RIP] + zi->length;
	uint64_t base, idx, addr;

	/* The bases of FS and GS are not in the saved state. */
	if (op->mem.segment == ZYDIS_REGISTER_FS || op->mem.segment == ZYDIS_REGISTER_GS)
		return false;
	if (!emul_reg_value(uc, op->mem.base, next, &base) ||
		!emul_reg_value(uc, op->mem.index, next, &idx))
		return false;
	addr = base + idx * op->mem.scale +
		(op->mem.disp.has_displacement ? (uint64_t)op->mem.disp.value : 0);
	*ea = zi->address_width == 32 ? (uint32_t)addr : addr;
	return true;
}

static bool
emul_mnemonic(ZydisMnemonic m, struct emul_insn *in)
{
	static const struct {
		ZydisMnemonic mnemonic;
		enum emul_op op;
		uint8_t cond;
		bool reads_dst, writes_dst;
	} known[] = {
		{ ZYDIS_MNEMONIC_MOV, EMUL_MOV, 0, false, true },
		{ ZYDIS_MNEMONIC_MOVNTI, EMUL_MOV, 0, false, true },
		{ ZYDIS_MNEMONIC_MOVZX, EMUL_MOVZX, 0, false, true },
		{ ZYDIS_MNEMONIC_MOVSX, EMUL_MOVSX, 0, false, true },
		{ ZYDIS_MNEMONIC_MOVSXD, EMUL_MOVSX, 0, false, true },
		{ ZYDIS_MNEMONIC_MOVBE, EMUL_MOVBE, 0, false, true },
		{ ZYDIS_MNEMONIC_XCHG, EMUL_XCHG, 0, true, true },
		{ ZYDIS_MNEMONIC_ADD, EMUL_ADD, 0, true, true },
		{ ZYDIS_MNEMONIC_ADC, EMUL_ADC, 0, true, true },
		{ ZYDIS_MNEMONIC_SUB, EMUL_SUB, 0, true, true },
		{ ZYDIS_MNEMONIC_SBB, EMUL_SBB, 0, true, true },
		{ ZYDIS_MNEMONIC_CMP, EMUL_CMP, 0, true, false },
		{ ZYDIS_MNEMONIC_AND, EMUL_AND, 0, true, true },
		{ ZYDIS_MNEMONIC_TEST, EMUL_TEST, 0, true, false },
		{ ZYDIS_MNEMONIC_OR, EMUL_OR, 0, true, true },
		{ ZYDIS_MNEMONIC_XOR, EMUL_XOR, 0, true, true },
		{ ZYDIS_MNEMONIC_NOT, EMUL_NOT, 0, true, true },
		{ ZYDIS_MNEMONIC_INC, EMUL_INC, 0, true, true },
		{ ZYDIS_MNEMONIC_DEC, EMUL_DEC, 0, true, true },
		{ ZYDIS_MNEMONIC_BT, EMUL_BT, 0, true, false },
		{ ZYDIS_MNEMONIC_BTS, EMUL_BTS, 0, true, true },
		{ ZYDIS_MNEMONIC_BTR, EMUL_BTR, 0, true, true },
		{ ZYDIS_MNEMONIC_BTC, EMUL_BTC, 0, true, true },
		{ ZYDIS_MNEMONIC_CMOVO, EMUL_CMOV, 0x0, false, true },
		{ ZYDIS_MNEMONIC_CMOVNO, EMUL_CMOV, 0x1, false, true },
		{ ZYDIS_MNEMONIC_CMOVB, EMUL_CMOV, 0x2, false, true },
		{ ZYDIS_MNEMONIC_CMOVNB, EMUL_CMOV, 0x3, false, true },
		{ ZYDIS_MNEMONIC_CMOVZ, EMUL_CMOV, 0x4, false, true },
		{ ZYDIS_MNEMONIC_CMOVNZ, EMUL_CMOV, 0x5, false, true },
		{ ZYDIS_MNEMONIC_CMOVBE, EMUL_CMOV, 0x6, false, true },
		{ ZYDIS_MNEMONIC_CMOVNBE, EMUL_CMOV, 0x7, false, true },
		{ ZYDIS_MNEMONIC_CMOVS, EMUL_CMOV, 0x8, false, true },
		{ ZYDIS_MNEMONIC_CMOVNS, EMUL_CMOV, 0x9, false, true },
		{ ZYDIS_MNEMONIC_CMOVP, EMUL_CMOV, 0xa, false, true },
		{ ZYDIS_MNEMONIC_CMOVNP, EMUL_CMOV, 0xb, false, true },
		{ ZYDIS_MNEMONIC_CMOVL, EMUL_CMOV, 0xc, false, true },
		{ ZYDIS_MNEMONIC_CMOVNL, EMUL_CMOV, 0xd, false, true },
		{ ZYDIS_MNEMONIC_CMOVLE, EMUL_CMOV, 0xe, false, true },
		{ ZYDIS_MNEMONIC_CMOVNLE, EMUL_CMOV, 0xf, false, true },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].mnemonic != m)
			continue;
		in->op = known[i].op;
		in->cond = known[i].cond;
		in->loads = known[i].reads_dst; /* of the first operand, for now */
		in->stores = known[i].writes_dst;
		return true;
	}
	return false;
}

/** The operand that is not memory. */
static bool
emul_other(const ZydisDecodedOperand *op, struct emul_insn *in)
{
	if (op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		in->imm = op->imm.value.u;
		return true;
	}
	if (op->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return false;
	in->greg = emul_greg(op->reg.value);
	in->has_reg = true;
	in->reg_width = op->size / 8u;
	in->reg_high = op->reg.value >= ZYDIS_REGISTER_AH && op->reg.value <= ZYDIS_REGISTER_BH;
	return in->greg >= 0;
}

/** BT and its kin with a register reach beyond the operand: move the address there. */
static void
emul_bit_address(const ucontext_t *uc, struct emul_insn *in)
{
	int64_t bit;

	if (in->op < EMUL_BT || !in->has_reg)
		return;
	bit = (int64_t)uc->uc_mcontext.gregs[in->greg];
	if (in->reg_width == 4)
		bit = (int32_t)bit;
	else if (in->reg_width == 2)
		bit = (int16_t)bit;
	in->ea += (uintptr_t)((bit >> (in->width == 8		     ? 6 :
						      in->width == 4 ? 5 :
								       4)) *
		(int64_t)in->width);
}

bool
emul_decode(const ucontext_t *uc, struct emul_insn *in)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction zi;
	ZydisDecoderContext ctx;
	ZydisDecoder dec;
	unsigned int mem;

	memset(in, 0, sizeof(*in));
	if (!emul_fetch(uc, &dec, &ctx, &zi) || !emul_mnemonic(zi.mnemonic, in) ||
		zi.operand_count_visible == 0 || zi.operand_count_visible > 2 ||
		!ZYAN_SUCCESS(
			ZydisDecoderDecodeOperands(&dec, &ctx, &zi, op, zi.operand_count_visible)))
		return false;
	mem = op[0].type == ZYDIS_OPERAND_TYPE_MEMORY ? 0 : 1;
	if (mem >= zi.operand_count_visible || op[mem].type != ZYDIS_OPERAND_TYPE_MEMORY)
		return false;
	in->len = zi.length;
	in->width = op[mem].size / 8u;
	in->mem_is_dst = mem == 0;
	if (in->width != 1 && in->width != 2 && in->width != 4 && in->width != 8)
		return false;
	if (zi.operand_count_visible == 2 && !emul_other(&op[1 - mem], in))
		return false;
	if (!emul_address(uc, &zi, &op[mem], &in->ea))
		return false;
	if (!in->mem_is_dst) {
		/* A source is loaded; only XCHG writes it as well. */
		in->loads = true;
		in->stores = in->op == EMUL_XCHG;
	}
	emul_bit_address(uc, in);
	return true;
}

static uint64_t
width_mask(unsigned int width)
{
	return width >= 8 ? UINT64_MAX : (UINT64_C(1) << (width * 8)) - 1;
}

static uint64_t
sign_extend(uint64_t v, unsigned int width)
{
	uint64_t sign = UINT64_C(1) << (width * 8 - 1);

	v &= width_mask(width);
	return (v ^ sign) - sign;
}

static uint64_t
reg_get(const ucontext_t *uc, const struct emul_insn *in)
{
	uint64_t v = (uint64_t)uc->uc_mcontext.gregs[in->greg];

	if (in->reg_high)
		v >>= 8;
	return v & width_mask(in->reg_width);
}

static void
reg_set(ucontext_t *uc, const struct emul_insn *in, uint64_t v)
{
	uint64_t old = (uint64_t)uc->uc_mcontext.gregs[in->greg];
	uint64_t mask = width_mask(in->reg_width);

	v &= mask;
	if (in->reg_high)
		v = (old & ~UINT64_C(0xff00)) | v << 8;
	else if (in->reg_width < 4)
		v |= old & ~mask; /* 32-bit writes clear the upper half, narrower ones do not */
	uc->uc_mcontext.gregs[in->greg] = (greg_t)v;
}

static void
flags_set(ucontext_t *uc, uint64_t mask, uint64_t flags)
{
	uint64_t efl = (uint64_t)uc->uc_mcontext.gregs[REG_EFL];

	uc->uc_mcontext.gregs[REG_EFL] = (greg_t)((efl & ~mask) | (flags & mask));
}

static uint64_t
flags_result(uint64_t r, unsigned int width)
{
	uint64_t f = 0;

	r &= width_mask(width);
	if (r == 0)
		f |= FLAG_ZF;
	if ((r >> (width * 8 - 1)) & 1)
		f |= FLAG_SF;
	if (!__builtin_parity((unsigned int)(r & 0xff)))
		f |= FLAG_PF;
	return f;
}

static uint64_t
alu_add(uint64_t a, uint64_t b, uint64_t carry, unsigned int width, uint64_t *flags)
{
	uint64_t mask = width_mask(width), sign = UINT64_C(1) << (width * 8 - 1);
	uint64_t r;

	a &= mask;
	b &= mask;
	r = (a + b + carry) & mask;
	*flags = flags_result(r, width);
	if (r < a || (carry && r == a))
		*flags |= FLAG_CF;
	if ((a ^ r) & (b ^ r) & sign)
		*flags |= FLAG_OF;
	*flags |= (a ^ b ^ r) & FLAG_AF;
	return r;
}

static uint64_t
alu_sub(uint64_t a, uint64_t b, uint64_t borrow, unsigned int width, uint64_t *flags)
{
	uint64_t mask = width_mask(width), sign = UINT64_C(1) << (width * 8 - 1);
	uint64_t r;

	a &= mask;
	b &= mask;
	r = (a - b - borrow) & mask;
	*flags = flags_result(r, width);
	if (a < b || (borrow && a == b))
		*flags |= FLAG_CF;
	if ((a ^ b) & (a ^ r) & sign)
		*flags |= FLAG_OF;
	*flags |= (a ^ b ^ r) & FLAG_AF;
	return r;
}

static uint64_t
alu_bit(enum emul_op op, uint64_t a, uint64_t bit, unsigned int width, uint64_t *flags)
{
	uint64_t one = UINT64_C(1) << (bit & (width * 8 - 1));

	*flags = (a & one) != 0 ? FLAG_CF : 0;
	switch (op) {
	case EMUL_BTS:
		return a | one;
	case EMUL_BTR:
		return a & ~one;
	case EMUL_BTC:
		return a ^ one;
	default:
		return a;
	}
}

/** dst op src, with the flags that the operation sets. */
static uint64_t
emul_alu(ucontext_t *uc, const struct emul_insn *in, uint64_t a, uint64_t b)
{
	uint64_t carry = (uint64_t)uc->uc_mcontext.gregs[REG_EFL] & FLAG_CF;
	uint64_t flags = 0, mask = FLAGS_ARITH, r = 0;

	switch (in->op) {
	case EMUL_ADD:
		r = alu_add(a, b, 0, in->width, &flags);
		break;
	case EMUL_ADC:
		r = alu_add(a, b, carry, in->width, &flags);
		break;
	case EMUL_SUB:
	case EMUL_CMP:
		r = alu_sub(a, b, 0, in->width, &flags);
		break;
	case EMUL_SBB:
		r = alu_sub(a, b, carry, in->width, &flags);
		break;
	case EMUL_INC:
		r = alu_add(a, 1, 0, in->width, &flags);
		mask &= ~(uint64_t)FLAG_CF;
		break;
	case EMUL_DEC:
		r = alu_sub(a, 1, 0, in->width, &flags);
		mask &= ~(uint64_t)FLAG_CF;
		break;
	case EMUL_AND:
	case EMUL_TEST:
		r = a & b;
		flags = flags_result(r, in->width);
		break;
	case EMUL_OR:
		r = a | b;
		flags = flags_result(r, in->width);
		break;
	case EMUL_XOR:
		r = a ^ b;
		flags = flags_result(r, in->width);
		break;
	case EMUL_NOT:
		r = ~a;
		mask = 0;
		break;
	default:
		r = alu_bit(in->op, a, b, in->width, &flags);
		mask = FLAG_CF;
		break;
	}
	flags_set(uc, mask, flags);
	return r;
}

static bool
emul_cond(const ucontext_t *uc, unsigned int cond)
{
	uint64_t f = (uint64_t)uc->uc_mcontext.gregs[REG_EFL];
	bool sf = f & FLAG_SF, of = f & FLAG_OF, zf = f & FLAG_ZF, yes;

	switch (cond >> 1) {
	case 0:
		yes = of;
		break;
	case 1:
		yes = f & FLAG_CF;
		break;
	case 2:
		yes = zf;
		break;
	case 3:
		yes = zf || (f & FLAG_CF);
		break;
	case 4:
		yes = sf;
		break;
	case 5:
		yes = f & FLAG_PF;
		break;
	case 6:
		yes = sf != of;
		break;
	default:
		yes = zf || sf != of;
		break;
	}
	return yes != (cond & 1);
}

static uint64_t
byte_swap(uint64_t v, unsigned int width)
{
	if (width == 8)
		return __builtin_bswap64(v);
	if (width == 4)
		return __builtin_bswap32((uint32_t)v);
	return __builtin_bswap16((uint16_t)v);
}

void
emul_finish(ucontext_t *uc, const struct emul_insn *in, uint64_t mem, uint64_t *out)
{
	uint64_t other = in->has_reg ? reg_get(uc, in) : in->imm;
	uint64_t r;

	*out = 0;
	switch (in->op) {
	case EMUL_MOV:
	case EMUL_MOVZX:
		if (in->mem_is_dst)
			*out = other;
		else
			reg_set(uc, in, mem & width_mask(in->width));
		break;
	case EMUL_MOVSX:
		reg_set(uc, in, sign_extend(mem, in->width));
		break;
	case EMUL_MOVBE:
		if (in->mem_is_dst)
			*out = byte_swap(other, in->width);
		else
			reg_set(uc, in, byte_swap(mem, in->width));
		break;
	case EMUL_CMOV:
		/* Not taken, a 32-bit destination is still written (its upper half cleared). */
		reg_set(uc, in, emul_cond(uc, in->cond) ? mem : other);
		break;
	case EMUL_XCHG:
		*out = other;
		reg_set(uc, in, mem);
		break;
	default:
		if (in->mem_is_dst) {
			*out = emul_alu(uc, in, mem, other);
		} else {
			r = emul_alu(uc, in, other, mem);
			if (in->op != EMUL_CMP && in->op != EMUL_TEST)
				reg_set(uc, in, r);
		}
		break;
	}
	uc->uc_mcontext.gregs[REG_RIP] += in->len;
}

unsigned int
emul_extents(const ucontext_t *uc, struct emul_extent *ext)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction zi;
	ZydisDecoderContext ctx;
	unsigned int nb = 0;
	ZydisDecoder dec;

	if (!emul_fetch(uc, &dec, &ctx, &zi) ||
		!ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&dec, &ctx, &zi, op, zi.operand_count)))
		return 0;
	for (unsigned int i = 0; i < zi.operand_count && nb < EMUL_MAX_EXTENTS; i++) {
		if (op[i].type != ZYDIS_OPERAND_TYPE_MEMORY ||
			op[i].mem.type != ZYDIS_MEMOP_TYPE_MEM)
			continue;
		if (!emul_address(uc, &zi, &op[i], &ext[nb].ea))
			return 0;
		ext[nb].len = op[i].size / 8u;
		ext[nb].write = (op[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
		nb++;
	}
	return nb;
}
