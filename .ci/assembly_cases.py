"""Functions that `.ci/assembly --self-test` must judge rightly."""

ADMIT = "_ZN8tripword3raw10RawBreaker16decide_admission17hb14dec828d3780edE"
SETTLE = "_RINvMs_NtCs5kZcQ7xXoQ_8tripword3rawNtB5_10RawBreaker17decide_settlementNCNvCs1_3hot0E"

# As the real ones are built: two cold blocks, and a way around them on which TEXT stands.
SKELETON = f"""
	.type	healthy_call,@function
healthy_call:
.Lfunc_begin1:
	.cfi_startproc
	pushq	%rbx
	subq	$48, %rsp
	.cfi_def_cfa_offset 64
	movq	8(%rdi), %rax
	cmpl	$1, (%rdi)
	jne	.LBB1_3
.LBB1_1:
TEXT
	testq	%rax, %rax
	jne	.LBB1_4
.LBB1_2:
	addq	$48, %rsp
	popq	%rbx
	retq
.LBB1_3:
	callq	{ADMIT}
	jmp	.LBB1_1
.LBB1_4:
	callq	*{SETTLE}@GOTPCREL(%rip)
	jmp	.LBB1_2
.Lfunc_end1:
	.size	healthy_call, .Lfunc_end1-healthy_call
"""


def function(text):
    """`text` on the hot path; or `text` itself, if it is a whole file."""
    return text if "healthy_call" in text else SKELETON.replace("TEXT", text)


def _line(text):
    return "\t" + text.replace(" ", "\t", 1)


GOOD = {
    "nothing": "",
    "every load and compare": "\n".join(
        _line(text)
        for text in (
            "movzbl 44(%rsp), %eax",
            "movq _ZN3std5COUNT@GOTPCREL(%rip), %rax",
            "movl %fs:0, %eax",
            "cmpb $2, 49(%rdi)",
            "testb $1, (%rdi,%rcx,8)",
            "imulq $10, (%rdi), %rcx",
            "movabsq $-3458764513820540929, %rcx",
            "movups (%rdi), %xmm0",
            "setne %al",
        )
    ),
    "stores to the stack": "\n".join(map(_line, ("movw $0, 24(%rsp)", "movq %rax, (%rsp)", "movups %xmm0, -8(%rsp)", "sete 8(%rsp)", "incl 4(%rsp)"))),
    "a frame": "\n".join(map(_line, ("movq %rsp, %rbp", "movl $8, -16(%rbp)"))),
    "a jump ahead": "\tje\t.LBB1_9\n\tnopw\t%cs:0(%rax,%rax)\n.LBB1_9:\n# a remark\n\t.p2align\t4",
    "a loop around a cold call": f".LBB1_9:\n\ttestb\t%al, %al\n\tje\t.LBB1_10\n\tcallq\t{SETTLE}\n\tjmp\t.LBB1_9\n.LBB1_10:",
    "the end in a cold function": f"\tjs\t{ADMIT}",
}

_INSTRUCTION = "not an instruction of a healthy call"
_STORE = "a store that is not to the stack"
_CALL = "not one of the cold functions"

BAD = {
    **{
        f"`{text}`": (_line(text), _INSTRUCTION)
        for text in (
            "lock\txaddq %rax, (%rdi)",
            "lock\tcmpxchgq %rcx, (%rdi)",
            "lock\tincq (%rdi)",
            "lock\torl $0, -64(%rsp)",
            "lock",
            "xchgq %rax, (%rdi)",
            "xaddq %rax, 8(%rsp)",
            "cmpxchgq %rcx, (%rdi)",
            "cmpxchg16b (%rdi)",
            "rdtsc",
            "rdtscp",
            "cpuid",
            "mfence",
            "sfence",
            "pause",
            "syscall",
            "int $128",
            "rep;movsq (%rsi), %es:(%rdi)",
            "rep stosq",
            "movsq (%rsi), %es:(%rdi)",
            "movntiq %rax, (%rdi)",
            "btsq $3, (%rdi)",
            "divq %rcx",
        )
    },
    **{
        f"`{text}`": (_line(text), _STORE)
        for text in (
            "movq %rax, (%rdi)",
            "movl $1, 8(%rdi)",
            "movw %ax, 26(%rbx)",
            "movq %rax, (%rsp,%rcx,8)",
            "movl $8, -16(%rbp)",
            "movq %rax, tripword_words(%rip)",
            "movq %rax, %fs:8",
            "movabsq %rax, 305419896",
            "movups %xmm0, (%rdi)",
            "addq $1, (%rdi)",
            "andb $-2, 3(%rax)",
            "incq (%rdi)",
            "shlq 8(%rdi)",
            "sete (%rdi)",
            "popq (%rdi)",
        )
    },
    **{
        f"`{text}`": (_line(text), _CALL)
        for text in (
            "callq *%rsi",
            "callq *16(%rsi)",
            "callq clock_gettime@PLT",
            "callq __tls_get_addr@PLT",
            "callq _ZN8tripword5clock9monotonic6source3now17hb14dec828d3780edE",
            "callq _ZN5other3raw10RawBreaker16decide_admission17hb14dec828d3780edE",
            "callq _ZN18tripword_companion16decide_admission17hb14dec828d3780edE",
            "callq _ZN8tripword3raw10RawBreaker20not_decide_admission17hb14dec828d3780edE",
            "callq *_RNvNtNtCs5kZcQ7xXoQ_3std9panicking11panic_count17is_zero_slow_path@GOTPCREL(%rip)",
            "jne _ZN8tripword3raw4more17hb14dec828d3780edE",
            "jmp *%rax",
        )
    },
    "a cold function on every way": (f"\tcallq\t{SETTLE}", "no way to the end without a call"),
    "a loop": (".LBB1_9:\n\tmovq\t(%rdi), %rax\n\ttestq\t%rax, %rax\n\tjne\t.LBB1_9", "a loop"),
    "a loop back to the start": ("\tje\t.LBB1_1", "a loop"),
    "on past its end": ("healthy_call:\n\tmovq\t(%rdi), %rax\n\t.size\thealthy_call, 1\n", "runs on past its end"),
    "no settlement": (SKELETON.replace("TEXT\n", "").replace(SETTLE, ADMIT), "no settlement"),
    "no admission": (SKELETON.replace("TEXT\n", "").replace(ADMIT, SETTLE), "no admission"),
    "nothing but a return": ("healthy_call:\n\tretq\n\t.size\thealthy_call, 1\n", "no admission"),
    "another function": (SKELETON.replace("healthy_call", "healthy_call_too"), "no function healthy_call"),
}
