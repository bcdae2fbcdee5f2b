#include "budget.h"

/* Acting waits for the claim; what is in force already (from before a restart) stays meanwhile. */
static enum want action_for(const struct budget *budget, enum want wish)
{
	return wish == WANT_ON && budget->required && !budget->held ? WANT_KEEP : wish;
}

/* A claim is given back when the driver has said that all is undone, not when it was told to. */
static enum want claim_for(const struct budget *budget, enum want wish)
{
	return wish == WANT_OFF && budget->acted ? WANT_KEEP : wish;
}

struct budget_choice budget_choose(struct budget *budget, enum want wish)
{
	struct budget_choice choice = { action_for(budget, wish), WANT_KEEP };

	if (choice.action == WANT_ON)
		budget->acted = true;
	if (budget->required)
		choice.claim = claim_for(budget, wish);
	budget->told = choice.action;
	return choice;
}

void budget_driver_says(struct budget *budget, bool in_force)
{
	if (in_force)
		budget->acted = true;
	else if (budget->told != WANT_ON)
		budget->acted = false;
}
