using Semel.Log.Memory;
using Semel.Log.Tests.Contract;

namespace Semel.Log.Tests.Memory;

public sealed class MemoryLogContractTests : LogContract
{
    MemoryLogStore? _store;

    protected override ILogStore OpenStore() => _store ??= new MemoryLogStore(Time);
}
