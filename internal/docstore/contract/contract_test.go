package contract_test

import (
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/docstore/contract"
	"github.com/digitalfranceschool/passerelle/internal/docstore/storetest"
)

func TestEmbedded(t *testing.T) {
	contract.Run(t, func(t testing.TB) *docstore.Store { return storetest.Open(t) })
}

func TestMongoDB(t *testing.T) {
	storetest.OpenMongoDB(t) // skips here, once, where there is none
	contract.Run(t, func(t testing.TB) *docstore.Store { return storetest.OpenMongoDB(t) })
}

// TestADumpMovesBetweenEngines: a territory that outgrows one engine takes its
// documents to the other, and back.
func TestADumpMovesBetweenEngines(t *testing.T) {
	contract.Moves(t, storetest.Open(t), storetest.OpenMongoDB(t), storetest.Open(t))
}
