namespace Semel.Log.Segments;

/// <summary>The data folder cannot be used. The message names the folder or file, the reason and what to do.</summary>
public sealed class LogStoreException(string message, Exception? inner = null) : IOException(message, inner);
