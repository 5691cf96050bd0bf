using Semel.Machines.Catalog;
using Semel.Machines.Turn;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Catalog;

public sealed class ClusterNameTests
{
    readonly TestCatalog _catalog = new();

    [Fact]
    public void A_cluster_is_named_once_and_keeps_its_name()
    {
        Assert.Null(_catalog.View.ClusterId);
        Assert.Equal("first", _catalog.Turn(CatalogCommand.NameCluster("first"))[0].ClusterId);
        Assert.Equal("first", _catalog.View.ClusterId);
        var facts = _catalog.Log.Count;
        Assert.Equal(["first", "first"], _catalog.Turn(CatalogCommand.NameCluster("second"), CatalogCommand.NameCluster("first")).Select(reply => reply.ClusterId));
        Assert.Equal(facts, _catalog.Log.Count);
    }

    [Fact]
    public void The_name_is_folded_out_of_the_log_and_out_of_a_snapshot()
    {
        _catalog.Create("a");
        var before = _catalog.Save();
        _catalog.Turn(CatalogCommand.NameCluster("named"));
        _catalog.Create("b");
        Assert.Equal("named", _catalog.Rebuilt().View.ClusterId);
        Assert.Equal(_catalog.Save(), TestCatalog.Save(_catalog.Rebuilt(_catalog.Save(), from: _catalog.View.EndOffset)));
        var machine = new CatalogMachine(new CatalogOptions());
        Assert.True(machine.TryLoad(_catalog.Save(), default));
        Assert.Equal("named", machine.View.ClusterId);
        Assert.True(machine.TryLoad(before, default));
        Assert.Null(machine.View.ClusterId);
    }

    [Fact]
    public void A_second_name_in_the_log_breaks_an_invariant()
    {
        _catalog.Turn(CatalogCommand.NameCluster("named"));
        var batch = _catalog.Log[0];
        var machine = _catalog.Rebuilt();
        RecordBatchHeader.TryRead(batch, out var header);
        Assert.Throws<InvariantBrokenException>(() => machine.Evolve(header, batch, default));
    }
}
