// Command metainit tunes the initial weights of ONNX models with MetaInit.
//
//	metainit run MODEL [-o OUT]   tune, and write the model with rescaled weights
//	metainit gq MODEL             measure the gradient quotient
//	metainit inspect MODEL        show inputs, outputs, tensors and their roles
//	metainit diff A B             compare the tensors of two models
//	metainit report RUN           make a page of a run
//
// Data goes to standard output, progress and messages to standard error. The exit status is 0; 1 if the input is bad; 2 if
// the command line is; 3 if run found nothing better than the input; 70 for an error of the program itself; 74 if the
// standard output cannot be written; 130 if it was interrupted. That of diff is 0 for the same, 1 for different, 2 for all
// trouble. The Go runtime ends the program with 2 too where it cannot go on, as without memory.
package main

import "os"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }
