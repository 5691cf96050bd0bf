using Semel.Log.Segments;
using Semel.Log.Tests.Contract;

namespace Semel.Log.Tests.Segments;

public sealed class SegmentLogContractTests : LogContract, IDisposable
{
    readonly TestFolder _folder = new(inMemory: true);

    protected override ILogStore OpenStore() => new SegmentLogStore(new SegmentStoreOptions { Directory = _folder.Path, Time = Time, JournalFileBytes = 64 << 10 });

    public void Dispose() => _folder.Dispose();
}

public sealed class SegmentLogOsContractTests : LogContract, IDisposable
{
    readonly TestFolder _folder = new(inMemory: true);

    protected override ILogStore OpenStore() => new SegmentLogStore(new SegmentStoreOptions { Directory = _folder.Path, Time = Time, Flush = FlushMode.Os });

    public void Dispose() => _folder.Dispose();
}
