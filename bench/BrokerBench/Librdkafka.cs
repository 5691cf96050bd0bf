using System.Runtime.InteropServices;
using System.Text;

namespace Semel.BrokerBench;

/// <summary>
/// As much of librdkafka's C interface as a benchmark needs: the same client, unchanged, against every broker.
/// The library is loaded from the peers' folder by its path.
/// </summary>
static unsafe partial class Librdkafka
{
    const string Library = "librdkafka";
    public const int Copy = 2, Block = 4;
    public const int QueueFull = -184;

    public static void Load(string path) =>
        NativeLibrary.SetDllImportResolver(typeof(Librdkafka).Assembly, (name, _, _) => name == Library ? NativeLibrary.Load(Resolve(path)) : 0);

    /// <summary>Where links are not kept, a link is a small file that holds the path it points to.</summary>
    static string Resolve(string path) =>
        new FileInfo(path).Length < 4096 ? Path.GetFullPath(File.ReadAllText(path).Trim(), Path.GetDirectoryName(Path.GetFullPath(path))!) : path;

    /// <summary>What a delivery callback gets; the fields in the library's order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public nint Payload;
        public nuint Length;
        public nint Key;
        public nuint KeyLength;
        public long Offset;
        public nint Opaque;
    }

    public static nint Configure(IReadOnlyDictionary<string, string> settings)
    {
        var configuration = rd_kafka_conf_new();
        var error = stackalloc byte[512];
        foreach (var (name, value) in settings)
            if (rd_kafka_conf_set(configuration, name, value, error, 512) != 0)
                throw new ArgumentException($"librdkafka refuses {name}={value}: {Marshal.PtrToStringUTF8((nint)error)}");
        return configuration;
    }

    public static nint NewProducer(nint configuration)
    {
        var error = stackalloc byte[512];
        var producer = rd_kafka_new(0, configuration, error, 512);
        return producer != 0 ? producer : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
    }

    public static void InitTransactions(nint client) => ThrowOn(rd_kafka_init_transactions(client, 60_000));
    public static void BeginTransaction(nint client) => ThrowOn(rd_kafka_begin_transaction(client));
    public static void CommitTransaction(nint client) => ThrowOn(rd_kafka_commit_transaction(client, 60_000));

    static void ThrowOn(nint error)
    {
        if (error != 0) throw new InvalidOperationException(Marshal.PtrToStringUTF8(rd_kafka_error_string(error)));
    }

    public static string ErrorName(int code) => Marshal.PtrToStringUTF8(rd_kafka_err2name(code)) ?? code.ToString();

    [LibraryImport(Library)] private static partial nint rd_kafka_conf_new();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial int rd_kafka_conf_set(nint configuration, string name, string value, byte* error, nuint errorSize);
    [LibraryImport(Library)] public static partial void rd_kafka_conf_set_dr_msg_cb(nint configuration, delegate* unmanaged<nint, Message*, nint, void> callback);
    [LibraryImport(Library)] private static partial nint rd_kafka_new(int type, nint configuration, byte* error, nuint errorSize);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial nint rd_kafka_topic_new(nint client, string topic, nint configuration);
    [LibraryImport(Library)] public static partial int rd_kafka_produce(nint topic, int partition, int flags, byte* payload, nuint length, byte* key, nuint keyLength, nint opaque);
    [LibraryImport(Library)] public static partial int rd_kafka_last_error();
    [LibraryImport(Library)] public static partial int rd_kafka_poll(nint client, int timeoutMs);
    [LibraryImport(Library)] public static partial int rd_kafka_flush(nint client, int timeoutMs);
    [LibraryImport(Library)] public static partial int rd_kafka_outq_len(nint client);
    [LibraryImport(Library)] public static partial void rd_kafka_topic_destroy(nint topic);
    [LibraryImport(Library)] public static partial void rd_kafka_destroy(nint client);
    [LibraryImport(Library)] private static partial nint rd_kafka_err2name(int code);
    [LibraryImport(Library)] private static partial nint rd_kafka_init_transactions(nint client, int timeoutMs);
    [LibraryImport(Library)] private static partial nint rd_kafka_begin_transaction(nint client);
    [LibraryImport(Library)] private static partial nint rd_kafka_commit_transaction(nint client, int timeoutMs);
    [LibraryImport(Library)] private static partial nint rd_kafka_error_string(nint error);
}
