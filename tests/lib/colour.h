/*
 * What an eye makes of two colours: how well one is read on the other, and how far apart they are, also for
 * eyes that lack one kind of cone.
 *
 * Colours are 0xRRGGBB in sRGB. Contrast is that of WCAG 2.1 (1.4.3). Eyes are simulated in full, by the
 * matrices for severity 1.0 of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency" (2009), on linear light. Differences are CIEDE2000 with D65; below 2.3 two colours
 * are hard to tell even side by side.
 */
#ifndef PGTOP_TESTS_COLOUR_H
#define PGTOP_TESTS_COLOUR_H

enum eye { EYE_USUAL, EYE_PROTAN, EYE_DEUTAN, EYE_TRITAN, EYE_COUNT };

struct lab {
	double l, a, b;
};

const char *eye_name(enum eye eye);

/* 1 to 21. */
double colour_contrast(int one, int other);

struct lab colour_seen(int rgb, enum eye eye);

/* CIEDE2000 of two colours of CIELAB. */
double lab_difference(struct lab one, struct lab other);

#endif
