using Semel.Client;

namespace Semel.PeerDriver;

static class Codecs
{
    public static readonly string[] Names = ["none", "gzip", "snappy", "lz4", "zstd"];

    /// <exception cref="UnknownOptionException">There is no such codec.</exception>
    public static CompressionType Of(string name) =>
        Names.Contains(name) && Enum.TryParse<CompressionType>(name, ignoreCase: true, out var codec) ? codec : throw new UnknownOptionException($"--codec {name}");
}
