/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PHYSVM_PAYER_H
#define PHYSVM_PAYER_H

#include <linux/types.h>

struct payer;

struct payer *payer_get(void);
void payer_put(struct payer *payer);
bool payer_shares_limit(const struct payer *payer, const struct payer *other);

int payer_charge(struct payer *payer, unsigned int pool, unsigned long pages,
		 unsigned long pool_pages, bool tell);
void payer_uncharge(struct payer *payer, unsigned int pool, unsigned long pages);
int payer_move(struct payer *from, struct payer *to, unsigned int pool,
	       unsigned long pages, unsigned long pool_pages);
void payer_move_back(struct payer *from, struct payer *to, unsigned int pool,
		     unsigned long pages);

void payer_hold(struct payer **holder, struct payer *payer, unsigned int pool,
		unsigned long pages);
void payer_drop(struct payer **holder);
void payer_write_off(struct payer **holder, unsigned int pool, unsigned long pages);

#endif
