# SPDX-License-Identifier: GPL-2.0-only
# What people type.  How the module is built is in Kbuild.

# Kernel to build for: a directory such as /lib/modules/6.1.0-56-amd64/build.
# Default: the running kernel, else the newest whose headers are installed.
KDIR ?=
DESTDIR ?=
PREFIX ?= /usr/local

kdir = $(or $(KDIR),$(shell tools/kernel-headers.sh))
need := tools/need-packages.sh
vm := selftests/vm/run.sh
kernels := 6.1 6.1-rt 6.12 7.2 newest

all: modules userlib tools

help:
	@echo 'make [all]          physvm.ko, the userlib and physvmctl'
	@echo 'make demo           show the main things in a virtual machine'
	@echo 'make check          run all tests in a virtual machine with kernel 6.1'
	@echo 'make check-kernels  the same with $(kernels)'
	@echo 'make check-debug    the same with a kernel full of sanitizers'
	@echo 'make coverage       the same, then which lines of the module that reached'
	@echo 'make kernels-doc    docs/kernels.md, from the results of the last two'
	@echo 'make fuzz           random programs of calls; SECONDS='
	@echo 'make bench          count the instructions of calls and faults'
	@echo 'make check-style    checkpatch, shellcheck, versions'
	@echo 'make ctl-doc        docs/physvmctl.md: what physvmctl prints, in a guest'
	@echo 'make install        module, userlib, headers, physvmctl, udev rule; DESTDIR= PREFIX= KDIR='
	@echo 'make dkms-install   the module, rebuilt for every kernel to come; KERNEL='
	@echo 'make modules | userlib | tools | selftests | clean'
	@echo 'Packages that are missing are installed for root, named to others.'

modules:
	@$(need) make gcc libc6-dev
	$(MAKE) -j$$(nproc) -C $(kdir) M=$(CURDIR) W=1 modules

userlib:
	@$(need) make gcc libc6-dev zlib1g-dev libnl-genl-3-dev pkg-config
	$(MAKE) -j$$(nproc) -C userlib

tools: userlib
	@$(need) libjansson-dev
	$(MAKE) -j$$(nproc) -C tools/physvmctl

selftests: userlib tools
	@$(need) gcc-multilib g++ liburing-dev jq
	$(MAKE) -C selftests -j$$(nproc) OUTPUT=$(CURDIR)/build/selftests \
		KSELFTEST_DIR=$$(selftests/vm/kselftest.sh)
	$(MAKE) -C selftests/host -j$$(nproc) OUTPUT=$(CURDIR)/build/selftests/host \
		KSELFTEST_DIR=$$(selftests/vm/kselftest.sh)
	$(MAKE) -C selftests/demo

demo: userlib
	$(MAKE) -C selftests/demo
	$(vm) --disk 64M -- selftests/demo/build/demo

check: all selftests
	selftests/check.sh

check-kernels: all selftests
	selftests/check.sh $(kernels)

check-debug: all selftests
	selftests/check.sh debug

ctl-doc: tools
	$(MAKE) -C selftests/ctl_doc
	selftests/ctl_doc/record.sh docs/physvmctl.md

coverage: check-debug
	selftests/coverage.sh

kernels-doc:
	selftests/kernels-doc.sh $(kernels) debug >build/kernels.md
	mv build/kernels.md docs/kernels.md

bench: selftests
	for test in cost pager_cost region_cost; do \
		$(vm) --icount -- build/selftests/$${test}_test || exit; \
	done

# Seconds of random programs, guided by coverage.
SECONDS ?= 60
fuzz:
	selftests/fuzz/run.sh $(SECONDS)

check-style:
	tools/check-style.sh

install: all install-admin
	$(MAKE) -C $(kdir) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	depmod -b $(DESTDIR)/ $$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(kdir)/include/generated/utsrelease.h)
	$(MAKE) -C userlib install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(MAKE) -C tools/physvmctl install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

# The group, who may open the device, and examples for modprobe.
install-admin:
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d tools/admin/udev/*.rules
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/sysusers.d tools/admin/sysusers/*.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/modprobe.d tools/admin/modprobe/*.conf

dkms-install:
	tools/dkms-install.sh $(KERNEL)

clean:
	rm -rf build physvm.ko physvm.o physvm.mod* Module.symvers modules.order .module-common.o
	rm -f .*.cmd module/*.o module/.*.cmd
	$(MAKE) -C userlib clean
	$(MAKE) -C selftests/demo clean
	$(MAKE) -C selftests/ctl_doc clean
	$(MAKE) -C tools/physvmctl clean

.PHONY: all help modules userlib tools selftests demo check check-kernels check-debug \
	coverage kernels-doc ctl-doc bench fuzz check-style install install-admin dkms-install clean
