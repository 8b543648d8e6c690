#include "colour.h"

#include <math.h>
#include <stdbool.h>

/* Of the way from black to white that a byte stands for, the part that is light. */
static double light_of(int byte)
{
	double v = byte / 255.0;

	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static void linear(int rgb, double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = light_of(rgb >> (16 - 8 * i) & 0xff);
}

static double luminance(int rgb)
{
	double v[3];

	linear(rgb, v);
	return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
}

double colour_contrast(int one, int other)
{
	double a = luminance(one), b = luminance(other);

	return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

const char *eye_name(enum eye eye)
{
	static const char *const names[EYE_COUNT] = {
		[EYE_USUAL] = "usual", [EYE_PROTAN] = "protan", [EYE_DEUTAN] = "deutan", [EYE_TRITAN] = "tritan",
	};

	return names[eye];
}

static const double eyes[EYE_COUNT][3][3] = {
	[EYE_USUAL] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	[EYE_PROTAN] = {
		{ 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 },
	},
	[EYE_DEUTAN] = {
		{ 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 },
	},
	[EYE_TRITAN] = {
		{ 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 },
	},
};

static const double to_xyz[3][3] = {
	{ 0.4124564, 0.3575761, 0.1804375 }, { 0.2126729, 0.7151522, 0.0721750 }, { 0.0193339, 0.1191920, 0.9503041 },
};

static void turn(const double matrix[3][3], const double in[3], double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = matrix[i][0] * in[0] + matrix[i][1] * in[1] + matrix[i][2] * in[2];
}

static double lightness(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

struct lab colour_seen(int rgb, enum eye eye)
{
	double v[3], seen[3], xyz[3], x, y, z;

	linear(rgb, v);
	turn(eyes[eye], v, seen);
	for (int i = 0; i < 3; i++)
		seen[i] = fmin(1, fmax(0, seen[i]));
	turn(to_xyz, seen, xyz);
	x = lightness(xyz[0] / 0.95047);
	y = lightness(xyz[1]);
	z = lightness(xyz[2] / 1.08883);
	return (struct lab){ 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

static double radians(double degrees)
{
	return degrees * 3.14159265358979323846 / 180;
}

static double hue(double a, double b)
{
	double h = a == 0 && b == 0 ? 0 : atan2(b, a) * 180 / 3.14159265358979323846;

	return h < 0 ? h + 360 : h;
}

/* Of a colour that is nearly grey, the part that CIEDE2000 stretches. */
static double chroma_weight(double c)
{
	return sqrt(pow(c, 7) / (pow(c, 7) + pow(25, 7)));
}

/* The difference of two hues, -180 to 180. */
static double hue_step(double h1, double h2)
{
	double step = h2 - h1;

	return step > 180 ? step - 360 : step < -180 ? step + 360 : step;
}

static double hue_mean(double h1, double h2)
{
	double sum = h1 + h2;

	if (fabs(h1 - h2) <= 180)
		return sum / 2;
	return sum < 360 ? (sum + 360) / 2 : (sum - 360) / 2;
}

/* Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes" (2005); names are theirs. */
double lab_difference(struct lab one, struct lab other)
{
	double g = 0.5 * (1 - chroma_weight((hypot(one.a, one.b) + hypot(other.a, other.b)) / 2));
	double a1 = one.a * (1 + g), a2 = other.a * (1 + g);
	double c1 = hypot(a1, one.b), c2 = hypot(a2, other.b), h1 = hue(a1, one.b), h2 = hue(a2, other.b);
	bool grey = c1 == 0 || c2 == 0;
	double dl = other.l - one.l, dc = c2 - c1;
	double dh = grey ? 0 : 2 * sqrt(c1 * c2) * sin(radians(hue_step(h1, h2) / 2));
	double l = (one.l + other.l) / 2, c = (c1 + c2) / 2, h = grey ? h1 + h2 : hue_mean(h1, h2);
	double t = 1 - 0.17 * cos(radians(h - 30)) + 0.24 * cos(radians(2 * h)) + 0.32 * cos(radians(3 * h + 6))
		- 0.20 * cos(radians(4 * h - 63));
	double sl = 1 + 0.015 * (l - 50) * (l - 50) / sqrt(20 + (l - 50) * (l - 50));
	double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
	double rt = -2 * chroma_weight(c) * sin(radians(60 * exp(-pow((h - 275) / 25, 2))));

	return sqrt(pow(dl / sl, 2) + pow(dc / sc, 2) + pow(dh / sh, 2) + rt * (dc / sc) * (dh / sh));
}
