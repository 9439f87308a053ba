// Package sample holds two lists of 168 computers each, written as Snipe-IT and
// GLPI write their exports, for the demonstration and for tests. Companies and
// machines are invented.
package sample

import _ "embed"

// SnipeIT is a custom asset report with every column, without a fault.
//
//go:embed snipe-it.csv
var SnipeIT []byte

// GLPI is a French export of computers. Two of its serial numbers are
// placeholders, one is missing and one stands twice.
//
//go:embed glpi.csv
var GLPI []byte
